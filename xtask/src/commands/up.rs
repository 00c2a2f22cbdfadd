//! `up`: the stack, running on this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::aws::{self, Client, REGION};
use crate::emulator::{Kind, answers};
use crate::functions::{self, Build, Package};
use crate::process::{is_running, start_detached, stop_group};
use crate::stack::Stack;
use crate::terminal::timed;
use crate::workspace::Workspace;
use crate::{package, ports};

/// The name that the stack is deployed under.
const STACK: &str = "pricecourier";

/// Where the zips of the functions are put.
const DEPLOY_BUCKET: &str = "pricecourier-deploy";

const PROXY_MARKER: &str = "xtask proxy";

/// How to run the stack.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "stack")]
pub(crate) struct Options {
    /// The emulator.
    #[arg(long, value_enum, default_value_t = Kind::Ministack)]
    pub(crate) emulator: Kind,
    /// The emulator's port.
    #[arg(long, default_value_t = 4566)]
    pub(crate) port: u16,
    /// The port of the admin API and its pages.
    #[arg(long, default_value_t = 8080)]
    pub(crate) page_port: u16,
    /// The port of a stand-in for Google's documents and APIs, which functions then ask instead of Google.
    #[arg(long)]
    pub(crate) google_port: Option<u16>,
    /// Build the functions with optimisations.
    #[arg(long)]
    pub(crate) release: bool,
    /// Build the functions together with the tests that are run against them.
    #[arg(skip)]
    pub(crate) with_tests: bool,
}

impl Options {
    fn build(&self) -> Build {
        match (self.release, self.with_tests) {
            (true, _) => Build::Release,
            (false, true) => Build::WithTests,
            (false, false) => Build::Dev,
        }
    }
}

/// Runs the task and says where things are.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let instance = workspace.default_instance();
    let stack = up(workspace, &instance, options)?;
    println!("\nThe stack is up under {}.", stack.emulator);
    println!("  pages        {}", stack.api_url);
    println!("  admin token  {}", stack.admin_token);
    println!("  viewer token {}", stack.viewer_token);
    println!(
        "  AWS          AWS_ENDPOINT_URL={} (any credentials, region {})",
        stack.endpoint, stack.region
    );
    println!("  all of it    {}", crate::stack::file(&instance).display());
    println!("Stop it with `cargo xtask down`; `cargo xtask logs api` shows a function's log.");
    Ok(())
}

/// Builds, starts and deploys; what runs already is kept and only deployed to.
pub(crate) fn up(workspace: &Workspace, instance: &Path, options: &Options) -> Result<Stack> {
    std::fs::create_dir_all(instance)?;
    running_or_free(instance, options)?;
    options.emulator.install(workspace)?;
    let packages = match options.emulator {
        Kind::Docker => package::for_containers(workspace)?,
        Kind::Ministack | Kind::Localstack => functions::build(workspace, options.build())?,
    };
    // Once more: another task may have started the stack while this one was building.
    let running = running_or_free(instance, options)?;
    let (pid, admin_token, viewer_token) = match &running {
        Some(stack) => (
            stack.pids.get("emulator").copied().unwrap_or(0),
            stack.admin_token.clone(),
            // One that was written before there were viewers.
            match stack.viewer_token.is_empty() {
                true => new_token()?,
                false => stack.viewer_token.clone(),
            },
        ),
        None => {
            let title = format!("Starting {} on port {}", options.emulator, options.port);
            let pid = timed(&title, |step| {
                options.emulator.start(workspace, instance, options.port, step)
            })?;
            (pid, new_token()?, new_token()?)
        }
    };
    let endpoint = format!("http://localhost:{}", options.port);
    let mut stack = Stack {
        emulator: options.emulator,
        endpoint: endpoint.clone(),
        region: REGION.to_owned(),
        api_url: format!("http://localhost:{}", options.page_port),
        admin_token,
        viewer_token,
        google_url: options.google_port.map(|port| host_url(options.emulator, port)),
        bucket: String::new(),
        tables: BTreeMap::new(),
        queues: BTreeMap::new(),
        functions: BTreeMap::new(),
        log_groups: BTreeMap::new(),
        logs: BTreeMap::from([
            ("emulator".to_owned(), options.emulator.log(instance)),
            ("proxy".to_owned(), proxy_log(instance)),
        ]),
        pids: BTreeMap::from([("emulator".to_owned(), pid)]),
    };
    // Written before the deployment, so that `down` finds the emulator even if that fails.
    stack.save(instance)?;
    let client = Client::new(&format!("http://127.0.0.1:{}", options.port));
    let outputs = deploy(workspace, &client, &stack, &packages)?;
    stack.fill(&outputs)?;
    let proxy = start_proxy(instance, options, running.as_ref(), &outputs)?;
    stack.pids.insert("proxy".to_owned(), proxy);
    stack.save(instance)?;
    Ok(stack)
}

/// Stops the proxy and the emulator of a stack.
pub(crate) fn stop(workspace: &Workspace, stack: &Stack) -> Result<()> {
    if let Some(pid) = stack.pids.get("proxy") {
        stop_group(*pid, PROXY_MARKER, std::time::Duration::from_secs(1));
    }
    stack
        .emulator
        .stop(workspace, stack.pids.get("emulator").copied().unwrap_or(0))
}

/// The stack that runs here already; `None` when it can be started, that is, when its ports are free.
fn running_or_free(instance: &Path, options: &Options) -> Result<Option<Stack>> {
    let running = running(instance, options)?;
    if running.is_none() {
        ports::require_free(options.port, "the emulator", "--port")?;
        ports::require_free(options.page_port, "the pages", "--page-port")?;
    }
    Ok(running)
}

/// The stack that runs here already, if it is the one that is wanted.
fn running(instance: &Path, options: &Options) -> Result<Option<Stack>> {
    let Some(stack) = Stack::load(instance)? else {
        return Ok(None);
    };
    let pid = stack.pids.get("emulator").copied().unwrap_or(0);
    let wanted_endpoint = format!("http://localhost:{}", options.port);
    let same = stack.emulator == options.emulator && stack.endpoint == wanted_endpoint;
    let alive = stack.emulator == Kind::Docker || is_running(pid, stack.emulator.marker());
    match (alive, same) {
        (true, true) if answers(options.port) => Ok(Some(stack)),
        (true, false) if stack.emulator != Kind::Docker => bail!(
            "{} runs already ({}). Stop it first: cargo xtask down",
            stack.emulator,
            stack.endpoint
        ),
        _ => Ok(None),
    }
}

fn deploy(
    workspace: &Workspace,
    client: &Client,
    stack: &Stack,
    packages: &[Package],
) -> Result<BTreeMap<String, String>> {
    timed("Deploying the template", |step| {
        step.note("uploading the functions");
        aws::create_bucket(client, DEPLOY_BUCKET)?;
        for package in packages {
            let zip = std::fs::read(&package.zip)?;
            aws::put_object(client, DEPLOY_BUCKET, &key(package), &zip)?;
        }
        let template = std::fs::read_to_string(workspace.path("infra/template.yaml"))?;
        let template = with_code(&template, packages)?;
        let hash = |token: &str| hex::encode(Sha256::digest(token.as_bytes()));
        let (admin, viewer) = (hash(&stack.admin_token), hash(&stack.viewer_token));
        let architecture = if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "x86_64"
        };
        let parameters = [
            ("Architecture", architecture),
            ("AdminTokenSha256", &admin),
            ("ViewerTokenSha256", &viewer),
            ("AllowedSourceCidrs", local_networks(stack.emulator)),
            ("S3PathStyle", "true"),
            ("PublicS3Endpoint", &stack.endpoint),
            ("GoogleDocsUrl", stack.google_url.as_deref().unwrap_or_default()),
            ("GoogleApiUrl", stack.google_url.as_deref().unwrap_or_default()),
        ];
        aws::deploy(client, STACK, &template, &parameters, |ready, of| {
            step.note(format!("{ready} of {of} resources"))
        })
    })
}

/// Where suppliers of this machine are reached from a function: loopback, or the bridge that containers see the host by.
fn local_networks(emulator: Kind) -> &'static str {
    match emulator {
        Kind::Ministack | Kind::Localstack => "127.0.0.0/8,::1/128",
        Kind::Docker => "127.0.0.0/8,::1/128,172.16.0.0/12,192.168.0.0/16",
    }
}

/// How a function reaches a port of this machine.
fn host_url(emulator: Kind, port: u16) -> String {
    let host = match emulator {
        Kind::Ministack | Kind::Localstack => "127.0.0.1",
        Kind::Docker => "host.docker.internal",
    };
    format!("http://{host}:{port}")
}

fn key(package: &Package) -> String {
    format!("{}/{}.zip", package.function, package.digest)
}

/// The template with each `CodeUri` pointing at the uploaded zip: the one change that `sam package` makes, too.
fn with_code(template: &str, packages: &[Package]) -> Result<String> {
    let mut text = template.to_owned();
    for package in packages {
        let local = format!("CodeUri: ../target/lambda/{}/", package.function);
        if !text.contains(&local) {
            bail!("infra/template.yaml has no `{local}`");
        }
        text = text.replace(&local, &format!("CodeUri: s3://{DEPLOY_BUCKET}/{}", key(package)));
    }
    Ok(text)
}

/// Starts the proxy, or keeps the one that serves the same function already.
fn start_proxy(
    instance: &Path,
    options: &Options,
    running: Option<&Stack>,
    outputs: &BTreeMap<String, String>,
) -> Result<u32> {
    let host = function_host(output(outputs, "ApiUrl")?, options.port)?;
    if let Some(pid) = running.and_then(|stack| stack.pids.get("proxy")).copied() {
        // Its function's address may have changed with the deployment; a new one costs nothing.
        stop_group(pid, PROXY_MARKER, std::time::Duration::from_secs(1));
    }
    ports::require_free(options.page_port, "the pages", "--page-port")?;
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.args(["proxy", "--port", &options.page_port.to_string()]).args([
        "--endpoint",
        &format!("http://127.0.0.1:{}", options.port),
        "--host",
        &host,
    ]);
    let log = proxy_log(instance);
    let pid = start_detached(&mut command, &log)?;
    let began = std::time::Instant::now();
    while std::net::TcpStream::connect((std::net::Ipv4Addr::LOCALHOST, options.page_port)).is_err() {
        if began.elapsed().as_secs() > 5 {
            bail!("the proxy did not start: {}", crate::process::tail(&log, 5));
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Ok(pid)
}

fn proxy_log(instance: &Path) -> PathBuf {
    instance.join("logs/proxy.log")
}

/// The host name that means the function: its id is the first label of its URL; the rest is the emulator's own.
fn function_host(url: &str, port: u16) -> Result<String> {
    let id = url
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split('.').next())
        .context("the api has no function URL")?;
    Ok(format!("{id}.lambda-url.{REGION}.localhost:{port}"))
}

fn output<'outputs>(outputs: &'outputs BTreeMap<String, String>, name: &str) -> Result<&'outputs str> {
    outputs
        .get(name)
        .map(String::as_str)
        .with_context(|| format!("the stack has no output {name}"))
}

/// 256 random bits, in hex.
fn new_token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).context("the system has no randomness to give")?;
    Ok(hex::encode(bytes))
}

impl Stack {
    /// Takes the names that CloudFormation gave.
    fn fill(&mut self, outputs: &BTreeMap<String, String>) -> Result<()> {
        let named = |pairs: &[(&str, &str)]| -> Result<BTreeMap<String, String>> {
            pairs
                .iter()
                .map(|(name, key)| Ok(((*name).to_owned(), output(outputs, key)?.to_owned())))
                .collect()
        };
        self.bucket = output(outputs, "BucketName")?.to_owned();
        self.tables = named(&[
            ("jobs", "JobsTableName"),
            ("suppliers", "SuppliersTableName"),
            ("items", "ItemsTableName"),
            ("prices", "PricesTableName"),
            ("catalogue", "CatalogueTableName"),
            ("decisions", "DecisionsTableName"),
        ])?;
        self.queues = named(&[
            ("download", "DownloadQueueUrl"),
            ("download_dlq", "DownloadDeadLettersUrl"),
            ("analyze", "AnalyzeQueueUrl"),
            ("analyze_dlq", "AnalyzeDeadLettersUrl"),
        ])?;
        self.functions = named(&[
            ("download", "DownloadFunctionName"),
            ("analyze", "AnalyzeFunctionName"),
            ("cleanup", "CleanupFunctionName"),
            ("api", "ApiFunctionName"),
        ])?;
        self.log_groups = self
            .functions
            .iter()
            .map(|(name, function)| (name.clone(), format!("/aws/lambda/{function}")))
            .collect();
        Ok(())
    }
}
