//! The problems that operations name among their answers.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Ref, RefOr, Response as Answer},
};

/// An answer that is a problem, under one name for all operations.
pub(crate) struct ProblemAnswer {
    pub(crate) name: &'static str,
    pub(crate) status: &'static str,
    pub(crate) description: &'static str,
}

/// Problems that single operations name in their `responses(…)`.
macro_rules! problems {
    ($($name:ident $status:literal $description:literal;)*) => {
        $(
            #[doc = $description]
            pub(crate) struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Answer>> {
                    let answer = Ref::from_response_name(stringify!($name));
                    [($status.to_owned(), RefOr::Ref(answer))].into()
                }
            }
        )*

        /// All of them.
        pub(crate) const NAMED: &[ProblemAnswer] = &[$(ProblemAnswer {
            name: stringify!($name),
            status: $status,
            description: $description,
        }),*];
    };
}

problems! {
    NotFound "404" "There is no such thing (any more).";
    Conflict "409" "It is not in a state in which this can be done; `code` says why.";
    ChangedMeanwhile "412" "It is no longer as it was seen; nothing was changed.";
    PreconditionRequired "428" "`If-Match` is missing.";
    TooLarge "413" "It is larger than what is taken.";
    Unprocessable "422" "What it names cannot be fetched or read; `code` and `detail` say why.";
}
