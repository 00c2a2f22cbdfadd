//! The API's reference: its OpenAPI document for people.

mod shapes;

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::{Router, response::Response, routing::get};
use serde_json::Value;
use shapes::{Field, Kind, Shape, Text, kind_of, shapes, text_of};

use super::{Frame, Section, page};
use crate::{Deps, Problem, caller::Caller};

#[derive(Template)]
#[template(path = "reference/page.html")]
struct ReferencePage {
    frame: Frame,
    reference: &'static Reference,
}

#[derive(Template)]
#[template(path = "reference/shapes.html")]
struct ShapesPage {
    frame: Frame,
    shapes: &'static [Shape],
}

/// The document, as it is shown.
struct Reference {
    version: String,
    introduction: Vec<Text>,
    /// What any operation may answer, whatever it does.
    everywhere: Vec<Answer>,
    subjects: Vec<Subject>,
    shapes: Vec<Shape>,
}

/// Operations of one tag.
struct Subject {
    name: String,
    about: Text,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    about: Text,
    parameters: Vec<Parameter>,
    bodies: Vec<Body>,
    answers: Vec<Answer>,
}

struct Parameter {
    place: String,
    field: Field,
}

struct Body {
    content_type: String,
    kind: Kind,
}

struct Answer {
    status: String,
    about: Text,
    bodies: Vec<Body>,
    headers: Vec<String>,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/reference", get(show))
        .route("/reference/shapes", get(show_shapes))
}

/// Read from the document when it is first asked for.
static REFERENCE: LazyLock<Result<Reference, serde_json::Error>> = LazyLock::new(|| {
    let document = serde_json::to_value(crate::openapi())?;
    Ok(Reference::of(&document))
});

fn reference() -> Result<&'static Reference, Problem> {
    REFERENCE.as_ref().map_err(|error| {
        tracing::error!(%error, "the OpenAPI document could not be read");
        Problem::internal()
    })
}

async fn show(caller: Caller) -> Result<Response, Problem> {
    page(&ReferencePage {
        frame: Frame::new(Section::Reference, caller),
        reference: reference()?,
    })
}

async fn show_shapes(caller: Caller) -> Result<Response, Problem> {
    page(&ShapesPage {
        frame: Frame::new(Section::Reference, caller),
        shapes: &reference()?.shapes,
    })
}

impl Reference {
    fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object();
        let mut operations_of_all = paths.into_iter().flatten().flat_map(|(_, item)| item.as_object());
        let any = operations_of_all.find_map(|item| item.get("post"));
        let introduction = document["info"]["description"].as_str().unwrap_or_default();
        let subject = |tag: &Value| Subject {
            name: told(&tag["name"]),
            about: text_of(&tag["description"]),
            operations: operations(document, &tag["name"]),
        };
        Self {
            version: told(&document["info"]["version"]),
            introduction: introduction.split("\n\n").map(Text::of).collect(),
            everywhere: any
                .map(|operation| answers(document, operation, true))
                .unwrap_or_default(),
            subjects: document["tags"].as_array().into_iter().flatten().map(subject).collect(),
            shapes: shapes(document),
        }
    }

    fn count(&self) -> usize {
        self.subjects.iter().map(|subject| subject.operations.len()).sum()
    }
}

/// The operations under a tag, in the order of their paths.
fn operations(document: &Value, tag: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method, operation))
    });
    all.filter(|(_, _, operation)| operation["tags"][0] == *tag)
        .map(|(path, method, operation)| Operation {
            id: told(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.clone(),
            summary: told(&operation["summary"]).trim_end_matches('.').to_owned(),
            about: text_of(&operation["description"]),
            parameters: parameters(operation),
            bodies: bodies(&operation["requestBody"]),
            answers: answers(document, operation, false),
        })
        .collect()
}

fn parameters(operation: &Value) -> Vec<Parameter> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .map(|parameter| Parameter {
            place: told(&parameter["in"]),
            field: Field {
                name: told(&parameter["name"]),
                kind: kind_of(&parameter["schema"]),
                is_required: parameter["required"] == true,
                about: text_of(&parameter["description"]),
            },
        })
        .collect()
}

fn bodies(holder: &Value) -> Vec<Body> {
    let contents = holder["content"].as_object().into_iter().flatten();
    contents
        .map(|(content_type, content)| Body {
            content_type: content_type.clone(),
            kind: kind_of(&content["schema"]),
        })
        .collect()
}

/// The statuses that say nothing of the operation itself.
const EVERYWHERE: [&str; 5] = ["401", "403", "429", "500", "503"];

/// An operation's own answers, or those that are the same everywhere.
fn answers(document: &Value, operation: &Value, everywhere: bool) -> Vec<Answer> {
    let answers = operation["responses"].as_object().into_iter().flatten();
    answers
        .filter(|(status, _)| EVERYWHERE.contains(&status.as_str()) == everywhere)
        .map(|(status, answer)| {
            let named = answer["$ref"]
                .as_str()
                .and_then(|it| document.pointer(it.strip_prefix('#')?));
            let answer = named.unwrap_or(answer);
            let headers = answer["headers"].as_object().into_iter().flatten();
            Answer {
                status: status.clone(),
                about: text_of(&answer["description"]),
                bodies: bodies(answer),
                headers: headers
                    .map(|(name, _)| name.clone())
                    .filter(|name| name != "x-request-id")
                    .collect(),
            }
        })
        .collect()
}

fn told(text: &Value) -> String {
    text.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_shape_of_the_document_is_shown() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let reference = Reference::of(&document);
        let paths = document["paths"].as_object().unwrap();
        let operations: usize = paths.values().map(|item| item.as_object().unwrap().len()).sum();
        assert_eq!(reference.count(), operations);
        assert_eq!(reference.everywhere.len(), EVERYWHERE.len());
        let schemas = document["components"]["schemas"].as_object().unwrap();
        assert_eq!(reference.shapes.len(), schemas.len());
        let shape = reference.shapes.iter().find(|shape| shape.name == "Supplier").unwrap();
        for field in ["supplier_id", "name", "source", "published_job"] {
            assert!(shape.fields.iter().any(|it| it.name == field), "{field}");
        }
    }
}
