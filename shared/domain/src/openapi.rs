//! The shapes of values in JSON where they are not those of the Rust types: for the API's OpenAPI document.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, SchemaFormat,
        schema::{AdditionalProperties, OneOfBuilder, Schema as JsonSchema, Type},
    },
};

use crate::{
    ColumnLetter, CronExpression, Currency, FieldCells, FileName, JobId, Md5, Price, ProductId, Schedule, SecretRef,
    SheetId, SupplierId, ZoneName,
};

/// A type whose JSON is a text. The limits are those of its `FromStr`, as far as a pattern can say them.
macro_rules! text {
    ($($type:ident $name:literal, $example:literal, $description:literal, $limit:expr;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<JsonSchema> {
                let limit: fn(ObjectBuilder) -> ObjectBuilder = $limit;
                let text = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .examples([$example]);
                limit(text).into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )*};
}

text! {
    JobId "JobId", "0190b5a8-0000-7000-8000-000000000001",
        "A job's id: a UUID of version 7, so that ids sort by the time at which the job was made.",
        |text| text
            .format(Some(SchemaFormat::Custom("uuid".to_owned())))
            .pattern(Some("^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-7[0-9A-Fa-f]{3}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"));
    SupplierId "SupplierId", "acme",
        "A supplier's id: 1 to 64 lower-case letters, digits and hyphens, starting with a letter or digit. `catalogue` is \
         the buyer's own.",
        |text| text.pattern(Some("^[a-z0-9][a-z0-9-]{0,63}$"));
    ProductId "ProductId", "P-1001",
        "A product's id in the buyer's catalogue: 1 to 255 characters, none of them a control character.",
        |text| text.min_length(Some(1)).max_length(Some(255)).pattern(Some("^[^\\u0000-\\u001f\\u007f-\\u009f]+$"));
    FileName "FileName", "list.xlsx",
        "A file's name without a path.",
        |text| text.min_length(Some(1));
    Md5 "Md5", "d41d8cd98f00b204e9800998ecf8427e",
        "An MD5 digest in hexadecimal.",
        |text| text.pattern(Some("^[0-9A-Fa-f]{32}$"));
    Price "Price", "12.50",
        "A decimal that is not negative, as a text with a point: never a floating-point number.",
        |text| text.pattern(Some(r"^\d+(\.\d+)?$"));
    Currency "Currency", "EUR",
        "Three letters (ISO 4217).",
        |text| text.pattern(Some("^[A-Za-z]{3}$"));
    SecretRef "SecretRef", "pricecourier/acme",
        "The name or ARN of a secret in AWS Secrets Manager, never the secret itself.",
        |text| text.min_length(Some(1)).max_length(Some(2_048));
    SheetId "SheetId", "https://docs.google.com/spreadsheets/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_abcde/edit",
        "The share link of a Google sheet, its spreadsheet id or its Drive id; answered as the id.",
        |text| text.min_length(Some(15));
    CronExpression "CronExpression", "0 6 * * 1-5",
        "A cron expression of five fields (minute, hour, day of month, month, day of week), or a nickname as `@daily`.",
        |text| text.min_length(Some(1)).max_length(Some(200));
    ZoneName "ZoneName", "Europe/Berlin",
        "The name of a time zone in the IANA database.",
        |text| text.min_length(Some(1));
    ColumnLetter "ColumnLetter", "C",
        "The letters of a column, `A` to `XFD`.",
        |text| text.pattern(Some("^[A-Za-z]{1,3}$"));
}

impl PartialSchema for Schedule {
    fn schema() -> RefOr<JsonSchema> {
        let minutes = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("Minutes from one planned run to the next."))
            .minimum(Some(1))
            .maximum(Some(Self::MAX_MINUTES));
        let every = ObjectBuilder::new()
            .schema_type(Type::Object)
            .title(Some("Every"))
            .description(Some(
                "At a steady interval from the time at which the schedule was set.",
            ))
            .property("every_minutes", minutes)
            .required("every_minutes")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let cron = ObjectBuilder::new()
            .schema_type(Type::Object)
            .title(Some("Cron"))
            .description(Some("At times on the clock; without a time zone, that of UTC."))
            .property("cron", CronExpression::schema())
            .property("time_zone", ZoneName::schema())
            .required("cron")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let either = OneOfBuilder::new()
            .description(Some("When a list is fetched."))
            .item(every)
            .item(cron);
        either.into()
    }
}

impl ToSchema for Schedule {}

impl PartialSchema for FieldCells {
    fn schema() -> RefOr<JsonSchema> {
        let cell = ObjectBuilder::new().schema_type(Type::String).build();
        let cells = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "The cell of each field, by the field's name: `B7` in a sheet, `page 2: 31,118` in a PDF.",
            ))
            .additional_properties(Some(JsonSchema::from(cell)));
        cells.into()
    }
}

impl ToSchema for FieldCells {}
