//! The API's contract: its OpenAPI document, made of the routes' own descriptions.
//!
//! A handler describes what is its own. What the layers around all handlers take and answer (who may come in, rates, names of
//! requests, failures) is added here, once.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Header, HttpMethod, Info, License, Object, OpenApi, Ref, RefOr, Response as Answer,
        SecurityRequirement, Tag,
        path::{Operation, ParameterIn, PathItem},
        schema::{AllOf, Schema, Type},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::ItemKey,
    browser::SESSION_COOKIE,
    export::Format,
    items::{Changed, Direction},
    problem_answers::{NAMED, ProblemAnswer},
};

const INTRODUCTION: &str = "\
Everything that the pages do, for programs. Send a token as `Authorization: Bearer …`; the admin's may do everything, a \
viewer's may look. Text is JSON in UTF-8; prices are decimal texts, times are RFC 3339 in UTC.

**Lists** come in pages: `limit` says how many records, `next_cursor` of one page is the `cursor` of the next, and null ends \
the list. Cursors say nothing of themselves; take them as they are.

**Changes at the same time** are told apart by `ETag` and `If-Match`: what was changed since it was seen is answered 412 and \
stays as it is.

**Errors** are problem JSON (RFC 9457): `code` is for programs and stays the same, `detail` says what is wrong, where, and what \
to do. A method that a path does not take is answered 405, a path that is not there 404.

**Rates**: 500 calls at once and 100 a second for long; beyond that 429 with `Retry-After`. **Names**: every answer has an \
`x-request-id`, the caller's own if it sent a plain one (letters, digits, `-`, `_`, `.`; at most 64); the logs have it too.";

const TAGS: [(&str, &str); 8] = [
    (
        "Jobs",
        "A list on its way from its source to the published items: watched, retried, and decided on where it is held.",
    ),
    (
        "Suppliers",
        "Where lists come from, when they are fetched and how they are read.",
    ),
    (
        "Uploads",
        "Lists and catalogues sent by hand or by a script, straight into the bucket.",
    ),
    (
        "Items",
        "What is published: items, what became of them, and their prices.",
    ),
    ("Review", "What a person decides of items that matching is unsure of."),
    ("Catalogue", "The buyer's products, and who offers them."),
    (
        "Matching",
        "From which score on items are matched without a person, as this deployment's decisions teach it.",
    ),
    ("API", "This description."),
];

/// What path segments mean, wherever they stand.
const SEGMENTS: [(&str, &str); 6] = [
    ("number", "The version's number."),
    ("job_id", "The job."),
    ("supplier_id", "The supplier."),
    (
        "item_key",
        "The item's key in its supplier's list, as lists of items have it, percent-encoded.",
    ),
    ("product_id", "The product's id in the catalogue."),
    ("page", "The page of the file, from 1."),
];

/// What a request's parameters or body are refused with.
const REFUSED: [ProblemAnswer; 3] = [
    ProblemAnswer {
        name: "Invalid",
        status: "400",
        description: "A parameter, or the body, cannot be used; `detail` names it and says what is allowed.",
    },
    ProblemAnswer {
        name: "TooLarge",
        status: "413",
        description: "It is larger than what is taken.",
    },
    ProblemAnswer {
        name: "UnsupportedMediaType",
        status: "415",
        description: "The body is not said to be JSON: send `Content-Type: application/json`.",
    },
];

/// What the layers around all handlers answer.
const LAYERS: [ProblemAnswer; 5] = [
    ProblemAnswer {
        name: "Unauthorized",
        status: "401",
        description: "There is no token or session, or none that opens this API.",
    },
    ProblemAnswer {
        name: "Forbidden",
        status: "403",
        description: "Viewers change nothing; with a session, changes are taken from the API's own page only.",
    },
    ProblemAnswer {
        name: "TooOften",
        status: "429",
        description: "Too many calls; `Retry-After` says how many seconds to wait.",
    },
    ProblemAnswer {
        name: "Internal",
        status: "500",
        description: "Something failed on our side. Tell the operator the `request_id`.",
    },
    ProblemAnswer {
        name: "Unavailable",
        status: "503",
        description: "Our stores do not answer just now; try again in a moment.",
    },
];

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(document))
}

/// The document as JSON; made when it is first asked for.
static DOCUMENT: LazyLock<Result<String, String>> =
    LazyLock::new(|| crate::openapi().to_pretty_json().map_err(|error| error.to_string()));

/// This document.
#[utoipa::path(
    get, path = "/admin/openapi.json", tag = "API", operation_id = "get_openapi",
    responses((status = OK, description = "The OpenAPI document.", body = Object)),
)]
async fn document() -> Result<Response, Problem> {
    let json = DOCUMENT.as_ref().map_err(|error| {
        tracing::error!(error, "the OpenAPI document could not be written");
        Problem::internal()
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json.as_str()).into_response())
}

/// The routes' descriptions with what holds for all of them.
pub(crate) fn described(mut openapi: OpenApi) -> OpenApi {
    openapi.info = Info::builder()
        .title("Pricecourier admin API")
        .description(Some(INTRODUCTION))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(
            License::builder()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    let tags = TAGS.map(|(name, description)| Tag::builder().name(name).description(Some(description)).build());
    openapi.tags = Some(tags.into());
    openapi.security = Some(vec![
        SecurityRequirement::new::<_, _, String>("token", []),
        SecurityRequirement::new::<_, _, String>("session", []),
    ]);
    for item in openapi.paths.paths.values_mut() {
        for (method, operation) in operations(item) {
            complete(&method, operation);
        }
    }
    let components = openapi.components.get_or_insert_default();
    add_components(components);
    openapi
}

/// A path's operations, by method.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

fn complete(method: &HttpMethod, operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in == ParameterIn::Path
        {
            let meaning = SEGMENTS.iter().find(|(name, _)| *name == parameter.name);
            parameter.description = meaning.map(|(_, meaning)| (*meaning).to_owned());
        }
    }
    let answers = &mut operation.responses.responses;
    for answer in answers.values_mut() {
        if let RefOr::T(answer) = answer {
            answer.headers.insert("x-request-id".to_owned(), request_id());
        }
    }
    let refused = if has_body { &REFUSED[..] } else { &REFUSED[..1] };
    let has_input = has_body || operation.parameters.as_ref().is_some_and(|them| !them.is_empty());
    let refused = refused.iter().filter(|_| has_input);
    let layers = LAYERS
        .iter()
        .filter(|answer| answer.name != "Forbidden" || *method != HttpMethod::Get);
    for answer in refused.chain(layers) {
        let named = RefOr::Ref(Ref::from_response_name(answer.name));
        answers.entry(answer.status.to_owned()).or_insert(named);
    }
}

fn add_components(components: &mut Components) {
    // What parameters name is not found by itself.
    for (name, schema) in [
        (Problem::name(), Problem::schema()),
        (Changed::name(), Changed::schema()),
        (Direction::name(), Direction::schema()),
        (Format::name(), Format::schema()),
        (ItemKey::name(), ItemKey::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
    merge_flattened(&mut components.schemas);
    let name = Header::builder()
        .description(Some("The request's name, as in the logs."))
        .schema(Some(text()))
        .build();
    components.headers.insert("x-request-id".to_owned(), name.into());
    for answer in NAMED.iter().chain(&REFUSED).chain(&LAYERS) {
        components
            .responses
            .insert(answer.name.to_owned(), answer.response().into());
    }
    let token = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The admin's token, or one for viewers."))
        .build();
    let session = ApiKeyValue::with_description(
        SESSION_COOKIE,
        "What signing in on the pages sets. A change with it must come from the API's own page: browsers say so in \
         `Sec-Fetch-Site: same-origin`, and anything else is answered 403.",
    );
    components.add_security_scheme("token", SecurityScheme::Http(token));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
}

/// Makes one object of each schema that is an object flattened into another (`allOf`): an object that allows no fields but its
/// own is none that others can be added to.
fn merge_flattened(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let merged: Vec<_> = schemas
        .iter()
        .filter_map(|(name, schema)| match schema {
            RefOr::T(Schema::AllOf(parts)) => Some((name.clone(), merged(schemas, parts)?)),
            _ => None,
        })
        .collect();
    for (name, object) in merged {
        schemas.insert(name, object.into());
    }
}

/// One object with the fields of all parts; none where one of them is no object.
fn merged(schemas: &BTreeMap<String, RefOr<Schema>>, parts: &AllOf) -> Option<Object> {
    let mut whole = Object::with_type(Type::Object);
    whole.description.clone_from(&parts.description);
    for part in &parts.items {
        let part = match part {
            RefOr::Ref(reference) => schemas.get(reference.ref_location.rsplit('/').next()?)?,
            part => part,
        };
        let RefOr::T(Schema::Object(object)) = part else {
            return None;
        };
        whole.properties.extend(object.properties.clone());
        whole.required.extend(object.required.iter().cloned());
    }
    Some(whole)
}

impl ProblemAnswer {
    fn response(&self) -> Answer {
        let content = Content::builder()
            .schema(Some(Ref::from_schema_name(Problem::name())))
            .build();
        let mut answer = Answer::builder()
            .description(self.description)
            .content("application/problem+json", content)
            .build();
        answer.headers.insert("x-request-id".to_owned(), request_id());
        let own = match self.status {
            "401" => Some(("WWW-Authenticate", "`Bearer`.", text())),
            "429" => Some(("Retry-After", "Seconds to wait.", Object::with_type(Type::Integer))),
            _ => None,
        };
        if let Some((name, description, schema)) = own {
            let header = Header::builder()
                .description(Some(description))
                .schema(Some(schema))
                .build();
            answer.headers.insert(name.to_owned(), header.into());
        }
        answer
    }
}

fn request_id() -> RefOr<Header> {
    RefOr::Ref(Ref::new("#/components/headers/x-request-id"))
}

fn text() -> Object {
    Object::with_type(Type::String)
}
