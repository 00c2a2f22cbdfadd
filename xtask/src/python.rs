//! A private Python environment for each pinned tool, made once and kept in `.local/venv/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::process::run_logged;
use crate::terminal::timed;
use crate::workspace::Workspace;

/// What an environment holds.
pub(crate) struct Requirements {
    /// The environment's name, also that of `localstack/requirements-<name>.txt`.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// The oldest Python that it works with, as (major, minor).
    pub(crate) python: (u32, u32),
    /// A Python package of the workspace that is installed beside the requirements.
    pub(crate) package: Option<&'static str>,
}

/// An environment that is ready.
pub(crate) struct Venv {
    directory: PathBuf,
}

impl Venv {
    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }

    /// Its `bin` directory.
    pub(crate) fn bin(&self) -> PathBuf {
        self.directory.join("bin")
    }
}

/// Finds the environment or makes it. Its directory is named after the contents of the requirements, so that a changed
/// pin makes a new one; a changed package of the workspace is only installed again.
pub(crate) fn environment(workspace: &Workspace, requirements: &Requirements) -> Result<Venv> {
    let pins = workspace.path(format!("localstack/requirements-{}.txt", requirements.name));
    let stamp = digest(std::slice::from_ref(&pins))?;
    let directory = workspace
        .local()
        .join("venv")
        .join(format!("{}-{stamp}", requirements.name));
    let log = workspace
        .local()
        .join("logs")
        .join(format!("install-{}.log", requirements.name));
    if !directory.join("complete").exists() {
        let python = find_python(requirements)?;
        timed(&format!("Installing {}", requirements.title), |step| {
            step.note("making the environment");
            if directory.exists() {
                fs::remove_dir_all(&directory)?;
            }
            fs::create_dir_all(&directory)?;
            run_logged(Command::new(&python).args(["-m", "venv"]).arg(&directory), &log)?;
            step.note("fetching packages");
            run_logged(pip_install(&directory).arg("-r").arg(&pins), &log)?;
            Ok(fs::write(directory.join("complete"), "")?)
        })?;
    }
    if let Some(package) = requirements.package {
        install_package(&workspace.path(package), &directory, &log)?;
    }
    Ok(Venv { directory })
}

/// Installs a package of the workspace into an environment, unless it is there as it is.
fn install_package(package: &Path, directory: &Path, log: &Path) -> Result<()> {
    let files = source_files(package)?;
    let stamp = digest(&files)?;
    let stamp_file = directory.join("package.stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|installed| installed == stamp) {
        return Ok(());
    }
    timed("Installing the plug-ins", |_| {
        // Built from a copy: setuptools writes beside the sources.
        let copy = directory.join("package");
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        for file in &files {
            let to = copy.join(file.strip_prefix(package)?);
            fs::create_dir_all(to.parent().unwrap_or(&copy))?;
            fs::copy(file, &to)?;
        }
        run_logged(
            pip_install(directory)
                .args(["--no-deps", "--force-reinstall"])
                .arg(&copy),
            log,
        )?;
        Ok(fs::write(&stamp_file, stamp)?)
    })
}

fn pip_install(directory: &Path) -> Command {
    let mut command = Command::new(directory.join("bin/pip"));
    command.args(["install", "--disable-pip-version-check"]);
    command
}

/// A name for the contents of files.
fn digest(files: &[PathBuf]) -> Result<String> {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?);
    }
    Ok(hex::encode(&digest.finalize()[..6]))
}

/// The Python sources of a package, in a fixed order.
fn source_files(package: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = vec![package.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).with_context(|| format!("{} cannot be read", directory.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "py" || extension == "toml")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The first Python that is new enough and can make environments; those that the pins are tried with come first.
fn find_python(requirements: &Requirements) -> Result<PathBuf> {
    let mut seen = Vec::new();
    let mut lacks_ensurepip = None;
    for candidate in candidates() {
        let Some((version, complete)) = probe(&candidate) else {
            continue;
        };
        if version < requirements.python {
            seen.push(format!("{}.{}", version.0, version.1));
        } else if complete {
            return Ok(candidate);
        } else {
            lacks_ensurepip = Some(version);
        }
    }
    let (major, minor) = requirements.python;
    if let Some((major, minor)) = lacks_ensurepip {
        bail!(
            "{} needs Python's `venv` and `ensurepip`, which this Python {major}.{minor} lacks. On Debian and Ubuntu: \
             apt-get install python3-venv",
            requirements.title
        );
    }
    seen.sort();
    seen.dedup();
    let found = if seen.is_empty() {
        "none was found".to_owned()
    } else {
        format!("found only {}", seen.join(", "))
    };
    bail!(
        "{} needs Python {major}.{minor} or newer; {found}. Install one (python.org, `apt-get install python3`, pyenv or \
         uv), or pick another emulator with `--emulator`.",
        requirements.title
    );
}

fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    for minor in ["3.13", "3.12", "3.11", "3.10"] {
        candidates.push(format!("python{minor}").into());
        if let Some(home) = &home {
            candidates.extend(matching(&home.join(".pyenv/versions"), minor));
            candidates.extend(matching(
                &home.join(".local/share/uv/python"),
                &format!("cpython-{minor}"),
            ));
        }
    }
    candidates.extend(["python3".into(), "python".into()]);
    candidates
}

/// `bin/python3` of the installations in `directory` whose name begins with `prefix`.
fn matching(directory: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join("bin/python3"))
        .filter(|python| python.exists())
        .collect()
}

/// A Python's version, and whether it can make environments.
fn probe(python: &Path) -> Option<((u32, u32), bool)> {
    const QUESTION: &str = "import sys, importlib.util as u\n\
        print(*sys.version_info[:2], int(all(u.find_spec(m) for m in ('venv', 'ensurepip', 'ssl'))))";
    let output = Command::new(python).args(["-c", QUESTION]).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let mut numbers = answer.split_whitespace().map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok);
    Some(((next()?, next()?), next()? == 1))
}
