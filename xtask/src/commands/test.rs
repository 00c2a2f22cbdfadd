//! `test`: everything that has to hold before a change lands.

use anyhow::Result;

use crate::commands::{style, types};
use crate::emulator::Kind;
use crate::functions::Build;
use crate::python::{Requirements, environment};
use crate::rust_tools::{RustTools, on_path};
use crate::testing::contract;
use crate::testing::report::{Report, run_counted};
use crate::testing::suite::TestStack;
use crate::workspace::{Workspace, cargo};

/// What checks the template; its Python runs the plug-ins' tests, too.
const CHECKS: Requirements = Requirements {
    name: "lint",
    title: "cfn-lint and the SAM translator",
    python: (3, 10),
    package: None,
};

/// What to run.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "test")]
pub(crate) struct Options {
    /// Run the end-to-end suite under this emulator only (may be repeated).
    #[arg(long, value_enum)]
    emulator: Vec<Kind>,
    /// Leave out what needs an emulator.
    #[arg(long, conflicts_with = "emulator")]
    no_stack: bool,
    /// Leave out what needs none.
    #[arg(long, conflicts_with = "no_stack")]
    only_stack: bool,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let tools = RustTools::find(workspace)?;
    let mut report = Report::default();
    if !options.only_stack {
        rust(workspace, &tools, &mut report);
        style_sheet(workspace, &mut report);
        api_types(workspace, &mut report);
        template(workspace, &mut report);
        plug_ins(workspace, &mut report);
    }
    if !options.no_stack {
        let both = [Kind::Ministack, Kind::Localstack];
        let emulators = if options.emulator.is_empty() {
            &both[..]
        } else {
            &options.emulator
        };
        for emulator in emulators {
            end_to_end(workspace, &tools, *emulator, &mut report);
        }
    }
    report.close()
}

fn rust(workspace: &Workspace, tools: &RustTools, report: &mut Report) {
    let root = &workspace.root;
    report.step("format", |counts| {
        run_counted(cargo().args(["fmt", "--all", "--check"]).current_dir(root), counts)
    });
    report.step("clippy", |counts| {
        let arguments = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "--deny",
            "warnings",
        ];
        run_counted(cargo().args(arguments).current_dir(root), counts)
    });
    report.step("unit tests", |counts| {
        let arguments = [
            "nextest",
            "run",
            "--workspace",
            "--filterset",
            "not package(e2e)",
            "--no-fail-fast",
            "--status-level",
            "slow",
        ];
        run_counted(tools.cargo().args(arguments).current_dir(root), counts)
    });
    report.step("documentation tests", |counts| {
        run_counted(
            cargo()
                .args(["test", "--doc", "--workspace", "--quiet"])
                .current_dir(root),
            counts,
        )
    });
    report.step("dependencies", |counts| {
        // Not `advisories`: their database lies outside the package registries, and a new advisory is no one's change.
        run_counted(
            tools
                .cargo()
                .args(["deny", "check", "bans", "licenses", "sources"])
                .current_dir(root),
            counts,
        )
    });
}

fn style_sheet(workspace: &Workspace, report: &mut Report) {
    let name = "style sheet";
    if on_path("npm") {
        report.step(name, |_| style::check(workspace));
    } else {
        report.skip(name, "there is no `npm` on this machine");
    }
}

fn api_types(workspace: &Workspace, report: &mut Report) {
    let name = "API types";
    if on_path("npm") {
        report.step(name, |_| types::check(workspace));
    } else {
        report.skip(name, "there is no `npm` on this machine");
    }
}

fn template(workspace: &Workspace, report: &mut Report) {
    report.step("template", |counts| {
        let venv = environment(workspace, &CHECKS)?;
        let template = workspace.path("infra/template.yaml");
        run_counted(
            std::process::Command::new(venv.program("cfn-lint")).arg(&template),
            counts,
        )?;
        let check = workspace.path("infra/check_template.py");
        run_counted(
            std::process::Command::new(venv.program("python"))
                .arg(check)
                .arg(&template),
            counts,
        )
    });
}

/// The tests of the LocalStack plug-ins; they need Python alone.
fn plug_ins(workspace: &Workspace, report: &mut Report) {
    report.step("LocalStack plug-ins", |counts| {
        let python = environment(workspace, &CHECKS)?.program("python");
        let mut command = std::process::Command::new(python);
        command.args([
            "-B",
            "-m",
            "unittest",
            "discover",
            "--start-directory",
            "tests",
            "--top-level-directory",
            ".",
        ]);
        run_counted(command.current_dir(workspace.path("localstack/host_mode")), counts)
    });
}

fn end_to_end(workspace: &Workspace, tools: &RustTools, emulator: Kind, report: &mut Report) {
    let name = format!("end to end, {emulator}");
    if let Err(error) = emulator.install(workspace) {
        return report.skip(&name, &format!("{error:#}"));
    }
    let mut stack = None;
    report.step(&format!("{name}: start"), |_| {
        stack = Some(TestStack::start(workspace, emulator, Build::WithTests)?);
        Ok(())
    });
    let Some(stack) = stack else { return };
    report.step(&name, |counts| stack.end_to_end(tools, counts));
    let name = format!("browser, {emulator}");
    if on_path("node") {
        let browser = workspace.path("tests/browser/run");
        report.step(&name, |counts| stack.browser(&browser, counts));
    } else {
        report.skip(&name, "there is no `node` on this machine");
    }
    // Last, since it changes whatever it may; the answers are the api's own, so one emulator tells enough.
    if emulator == Kind::Ministack {
        report.step("API contract", |counts| {
            let schemathesis = environment(workspace, &contract::SCHEMATHESIS)?.program("schemathesis");
            stack.contract(&schemathesis, counts)
        });
    }
}
