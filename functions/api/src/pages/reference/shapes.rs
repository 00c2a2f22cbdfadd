//! JSON schemas in words.

use serde_json::Value;

/// A text with words of code in it.
pub(super) struct Text {
    /// Each with whether it is code.
    pub(super) pieces: Vec<(bool, String)>,
}

impl Text {
    /// Of what stands between backticks, the code; emphasis is left out.
    pub(super) fn of(text: &str) -> Self {
        let text = text.replace("[`", "`").replace("`]", "`").replace("**", "");
        let pieces = text.split('`').enumerate();
        let pieces = pieces.map(|(at, piece)| (at % 2 == 1, piece.to_owned()));
        Self {
            pieces: pieces.filter(|(_, piece)| !piece.is_empty()).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

pub(super) fn text_of(text: &Value) -> Text {
    Text::of(text.as_str().unwrap_or_default())
}

/// What a value is: words around the name of a shape.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) before: String,
    /// The shape that it is one of.
    pub(super) shape: Option<String>,
    pub(super) after: String,
}

pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
    pub(super) about: Text,
}

/// A named schema.
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) about: Text,
    pub(super) fields: Vec<Field>,
    /// What it is where it has no fields of its own.
    pub(super) kinds: Vec<Kind>,
}

/// All named schemas, by name.
pub(super) fn shapes(document: &Value) -> Vec<Shape> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas
        .map(|(name, schema)| {
            let fields = fields(document, schema);
            let variants = schema["oneOf"].as_array().filter(|_| fields.is_empty());
            let kinds = match variants {
                Some(variants) => variants.iter().map(kind_of).collect(),
                None if fields.is_empty() => vec![kind_of(schema)],
                None => Vec::new(),
            };
            Shape {
                name: name.clone(),
                about: text_of(&schema["description"]),
                fields,
                kinds,
            }
        })
        .collect()
}

/// The fields of an object, those of the schemas that it is made of among them.
pub(super) fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    if let Some(named) = schema["$ref"]
        .as_str()
        .and_then(|it| document.pointer(it.strip_prefix('#')?))
    {
        return fields(document, named);
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let mut all: Vec<Field> = parts.flat_map(|part| fields(document, part)).collect();
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|them| them.iter().any(|it| it == name))
    };
    let own = schema["properties"].as_object().into_iter().flatten();
    all.extend(own.map(|(name, property)| Field {
        name: name.clone(),
        kind: kind_of(property),
        is_required: required(name),
        about: text_of(&property["description"]),
    }));
    all
}

/// What a schema asks for, in words.
pub(super) fn kind_of(schema: &Value) -> Kind {
    if let Some(reference) = schema["$ref"].as_str() {
        return Kind {
            shape: reference.rsplit('/').next().map(str::to_owned),
            ..Kind::default()
        };
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        return one_of(variants);
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        return words(values.join(" or "));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let main = types.iter().find(|it| **it != "null").copied().unwrap_or("any value");
    let mut kind = match main {
        "array" => around("list of ", kind_of(&schema["items"]), ""),
        "object" => object(schema),
        main => words(format!("{main}{}", limits(schema))),
    };
    if types.contains(&"null") && types.len() > 1 {
        kind.after.push_str(" or null");
    }
    kind
}

fn one_of(variants: &[Value]) -> Kind {
    let (nulls, others): (Vec<_>, Vec<_>) = variants.iter().partition(|variant| variant["type"] == "null");
    match others.as_slice() {
        [one] if !nulls.is_empty() => around("", kind_of(one), " or null"),
        several => {
            let named: Vec<_> = several.iter().map(|variant| kind_of(variant).in_words()).collect();
            words(named.join(" or "))
        }
    }
}

fn object(schema: &Value) -> Kind {
    let properties = schema["properties"].as_object();
    match (properties, &schema["additionalProperties"]) {
        (Some(properties), _) => {
            let named = properties
                .iter()
                .map(|(name, property)| format!("{name}: {}", kind_of(property).in_words()));
            words(format!("{{ {} }}", named.collect::<Vec<_>>().join(", ")))
        }
        (None, values @ Value::Object(_)) => around("object of ", kind_of(values), " by name"),
        _ => words("object".to_owned()),
    }
}

/// What a text or number is limited to.
fn limits(schema: &Value) -> String {
    let range = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        (least, Value::Null) => format!(" from {least}"),
        (Value::Null, most) => format!(" to {most}"),
        (least, most) => format!(" {least} to {most}"),
    };
    let format = match schema["format"].as_str() {
        Some(format) if schema["type"] == "string" || schema["type"][0] == "string" => format!(" ({format})"),
        _ => String::new(),
    };
    format!("{format}{range}")
}

impl Kind {
    fn in_words(&self) -> String {
        format!(
            "{}{}{}",
            self.before,
            self.shape.as_deref().unwrap_or_default(),
            self.after
        )
    }
}

fn words(text: String) -> Kind {
    Kind {
        before: text,
        ..Kind::default()
    }
}

fn around(before: &str, kind: Kind, after: &str) -> Kind {
    Kind {
        before: format!("{before}{}", kind.before),
        after: format!("{}{after}", kind.after),
        ..kind
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_said_in_words() {
        for (schema, said) in [
            (json!({"type": "string", "format": "date-time"}), "string (date-time)"),
            (
                json!({"type": ["integer", "null"], "minimum": 1, "maximum": 200}),
                "integer 1 to 200 or null",
            ),
            (
                json!({"type": "array", "items": {"$ref": "#/components/schemas/Job"}}),
                "list of Job",
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Job"}]}),
                "Job or null",
            ),
            (json!({"type": "string", "enum": ["a", "b"]}), "\"a\" or \"b\""),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                "object of string by name",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "integer"}}}),
                "{ a: integer }",
            ),
            (json!({}), "any value"),
        ] {
            assert_eq!(kind_of(&schema).in_words(), said, "{schema}");
        }
    }

    #[test]
    fn code_is_told_from_text() {
        let text = Text::of("**Lists**: `cursor`, see [`Job`].");
        let code: Vec<_> = text
            .pieces
            .iter()
            .filter(|(is_code, _)| *is_code)
            .map(|(_, piece)| piece.as_str())
            .collect();
        assert_eq!(code, ["cursor", "Job"]);
        assert_eq!(text.pieces[0], (false, "Lists: ".to_owned()));
        assert!(Text::of("").is_empty());
    }
}
