//! `pricecourier suppliers import`: brings the suppliers of a deployment to what a committed file says.

mod admin_api;
mod file;
mod plan;

use std::path::PathBuf;

use anyhow::{Context, bail};

use self::{admin_api::AdminApi, plan::Step};

/// What to do with suppliers.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add and change suppliers so that they are as a file says. Doing it again changes nothing.
    Import(Import),
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The suppliers: TOML (`[suppliers.acme]` …), or CSV with a header where the name ends in `.csv`.
    file: PathBuf,
    /// The address of the admin API, as the deployment's outputs give it.
    #[arg(long, env = "PRICECOURIER_API", value_name = "URL")]
    api: String,
    /// A file with the admin token.
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,
    /// The admin token, from the environment only: arguments are seen by every process of the machine.
    #[arg(long, env = "PRICECOURIER_TOKEN", hide = true, hide_env_values = true)]
    token: Option<String>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Pause the schedules of suppliers that the file does not have. Nothing is ever removed.
    #[arg(long)]
    prune: bool,
}

/// Runs the command.
///
/// # Errors
/// The file has faults (each is shown with its line; nothing is changed then), or the API refuses or cannot be reached.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let Command::Import(import) = args.command;
    let wanted = match file::read(&import.file)? {
        Ok(wanted) => wanted,
        Err(faults) => {
            for fault in &faults {
                eprintln!("{}:{fault}", import.file.display());
            }
            bail!(
                "{} faults in {}; nothing was changed",
                faults.len(),
                import.file.display()
            );
        }
    };
    let api = AdminApi::new(&import.api, token(&import)?);
    let steps = plan::steps(&wanted, &api.suppliers()?, import.prune);
    for step in &steps {
        if !import.dry_run {
            step.take(&api)?;
        }
        println!("{step}");
    }
    let count = |is: fn(&Step) -> bool| steps.iter().filter(|step| is(step)).count();
    println!(
        "{}{} added, {} changed, {} unchanged, {} paused",
        if import.dry_run { "not done: " } else { "" },
        count(|step| matches!(step, Step::Add { .. })),
        count(|step| matches!(step, Step::Change { .. })),
        count(|step| matches!(step, Step::Keep { .. })),
        count(|step| matches!(step, Step::Pause { .. })),
    );
    Ok(())
}

fn token(import: &Import) -> anyhow::Result<String> {
    let token = match (&import.token_file, &import.token) {
        (Some(file), _) => std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?,
        (None, Some(token)) => token.clone(),
        (None, None) => bail!("no admin token: name a file with --token-file, or set PRICECOURIER_TOKEN"),
    };
    Ok(token.trim().to_owned())
}
