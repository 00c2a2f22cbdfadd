//! CloudFormation: a template deployed through a change set, as `sam deploy` does it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use roxmltree::{Document, Node};

use super::Client;

const VERSION: &str = "2010-05-15";
const PATIENCE: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(250);

/// How a deployment stands.
pub(crate) struct StackStatus {
    /// `CREATE_COMPLETE` and so on.
    pub(crate) status: String,
    /// The stack's outputs.
    pub(crate) outputs: BTreeMap<String, String>,
}

/// Creates or updates a stack and waits for it; answers its outputs. `progress` gets the number of resources that are
/// ready and of those that the change set names.
///
/// # Errors
/// The reasons that CloudFormation gives for each resource that failed.
pub(crate) fn deploy(
    client: &Client,
    stack: &str,
    template: &str,
    parameters: &[(&str, &str)],
    mut progress: impl FnMut(usize, usize),
) -> Result<BTreeMap<String, String>> {
    let exists = describe(client, stack)?.is_some_and(|found| found.status != "REVIEW_IN_PROGRESS");
    let change_set = format!(
        "deploy-{:x}",
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)?
            .as_millis()
    );
    let Some(changes) = create_change_set(client, stack, &change_set, template, parameters, exists)? else {
        return Ok(describe(client, stack)?.context("the stack is gone")?.outputs);
    };
    let began_with = events(client, stack)?.len();
    query(
        client,
        "ExecuteChangeSet",
        vec![("StackName", stack), ("ChangeSetName", &change_set)],
    )?;
    let began = Instant::now();
    loop {
        std::thread::sleep(POLL);
        let found = describe(client, stack)?.context("the stack is gone")?;
        let all = events(client, stack)?;
        let new = &all[..all.len().saturating_sub(began_with)];
        progress(new.iter().filter(|event| event.done()).count().min(changes), changes);
        match found.status.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => return Ok(found.outputs),
            status if status.ends_with("IN_PROGRESS") => {
                if began.elapsed() > PATIENCE {
                    bail!("the stack is still {status} after {} s", PATIENCE.as_secs());
                }
            }
            status => {
                let reasons: Vec<String> = new.iter().filter(|event| event.failed()).map(Event::reason).collect();
                bail!("the stack is {status}:\n{}", reasons.join("\n"));
            }
        }
    }
}

/// Makes a change set and waits for it; `None` when there is nothing to change, else the number of changes.
fn create_change_set(
    client: &Client,
    stack: &str,
    name: &str,
    template: &str,
    parameters: &[(&str, &str)],
    exists: bool,
) -> Result<Option<usize>> {
    let numbered: Vec<(String, String)> = parameters
        .iter()
        .enumerate()
        .flat_map(|(index, (key, value))| {
            let member = format!("Parameters.member.{}", index + 1);
            [
                (format!("{member}.ParameterKey"), (*key).to_owned()),
                (format!("{member}.ParameterValue"), (*value).to_owned()),
            ]
        })
        .collect();
    let mut fields = vec![
        ("StackName", stack),
        ("ChangeSetName", name),
        ("ChangeSetType", if exists { "UPDATE" } else { "CREATE" }),
        ("TemplateBody", template),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Capabilities.member.2", "CAPABILITY_AUTO_EXPAND"),
    ];
    fields.extend(numbered.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    query(client, "CreateChangeSet", fields)?;
    let began = Instant::now();
    loop {
        let xml = query(
            client,
            "DescribeChangeSet",
            vec![("StackName", stack), ("ChangeSetName", name)],
        )?;
        let document = Document::parse(&xml)?;
        let root = document.root();
        let status = text(root, "Status").unwrap_or_default();
        let reason = text(root, "StatusReason").unwrap_or_default();
        match status.as_str() {
            "CREATE_COMPLETE" => {
                return Ok(Some(
                    root.descendants().filter(|node| local(node, "ResourceChange")).count(),
                ));
            }
            "FAILED" if reason.contains("didn't contain changes") || reason.contains("No updates") => return Ok(None),
            "FAILED" => bail!("the change set failed: {reason}"),
            _ if began.elapsed() > PATIENCE => bail!("the change set is still {status}"),
            _ => std::thread::sleep(POLL),
        }
    }
}

/// The stack, or `None` when there is none.
fn describe(client: &Client, stack: &str) -> Result<Option<StackStatus>> {
    let xml = match query(client, "DescribeStacks", vec![("StackName", stack)]) {
        Err(error) if error.to_string().contains("does not exist") => return Ok(None),
        answer => answer?,
    };
    let document = Document::parse(&xml)?;
    let Some(status) = text(document.root(), "StackStatus") else {
        return Ok(None);
    };
    let outputs = document
        .descendants()
        .filter_map(|node| Some((child(node, "OutputKey")?, child(node, "OutputValue")?)))
        .collect();
    Ok(Some(StackStatus { status, outputs }))
}

/// Something that happened to a resource.
struct Event {
    resource: String,
    kind: String,
    status: String,
    why: String,
}

impl Event {
    fn done(&self) -> bool {
        matches!(self.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE")
            && self.kind != "AWS::CloudFormation::Stack"
    }

    fn failed(&self) -> bool {
        self.status.ends_with("FAILED")
    }

    fn reason(&self) -> String {
        format!("  {} ({}): {}", self.resource, self.kind, self.why)
    }
}

/// The stack's events, newest first. An emulator that has none yet may say that there is no such stack.
fn events(client: &Client, stack: &str) -> Result<Vec<Event>> {
    let Ok(xml) = query(client, "DescribeStackEvents", vec![("StackName", stack)]) else {
        return Ok(Vec::new());
    };
    let document = Document::parse(&xml)?;
    Ok(document
        .descendants()
        .filter_map(|node| {
            Some(Event {
                resource: child(node, "LogicalResourceId")?,
                kind: child(node, "ResourceType").unwrap_or_default(),
                status: child(node, "ResourceStatus")?,
                why: child(node, "ResourceStatusReason").unwrap_or_default(),
            })
        })
        .collect())
}

fn query(client: &Client, operation: &str, fields: Vec<(&str, &str)>) -> Result<String> {
    let owned: Vec<(String, String)> = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    client.query("cloudformation", VERSION, operation, &owned)
}

/// Whether a node's name is `name` in whatever namespace: emulators differ in theirs.
fn local(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

fn text(root: Node<'_, '_>, name: &str) -> Option<String> {
    root.descendants()
        .find(|node| local(node, name))
        .and_then(|node| node.text())
        .map(str::to_owned)
}

fn child(node: Node<'_, '_>, name: &str) -> Option<String> {
    node.children()
        .find(|node| local(node, name))
        .and_then(|node| node.text())
        .map(str::to_owned)
}
