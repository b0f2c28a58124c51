//! Identifiers: opaque text, one type per kind, so that two kinds cannot be mixed up.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! id_type {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier as the system that gave it out writes it.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    )+};
}

id_type! {
    /// One company (customer organisation) in the CRM.
    CompanyId,
    /// One party in an accounting system.
    CustomerId,
    /// One invoice or credit note; unique within its source.
    DocumentId,
    /// One user of the CRM who may own companies.
    OwnerId,
    /// One deal in the CRM.
    DealId,
    /// One task in the CRM.
    TaskId,
    /// One deal pipeline in the CRM.
    PipelineId,
    /// One stage of a pipeline in the CRM.
    StageId,
    /// One configured accounting source.
    SourceName,
    /// One run of the engine; sorts by start time.
    RunId,
    /// One stored plan; sorts by creation time.
    PlanId,
}
