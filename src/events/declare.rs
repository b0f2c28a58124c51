//! How an event is declared: its level, its name, its sentence, its fields and what it means, in one place.

/// An event as it is documented.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Its name in the log: `run_ended`. It never changes.
    pub name: &'static str,
    /// Its level in the log.
    pub level: &'static str,
    /// The sentence that people read.
    pub sentence: &'static str,
    /// The fields beside it.
    pub fields: &'static [&'static str],
    /// When it is told, and what to do about it.
    pub meaning: &'static str,
}

/// Declares events: makes the enum, the log line of each, and their list for the documents.
macro_rules! events {
    ($(
        #[doc = $meaning:literal]
        $level:ident $variant:ident = $name:literal, $sentence:literal { $($field:ident: $kind:ty),* $(,)? }
    )+) => {
        /// Something that operations hear of.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "fields are what their names say, in the unit that the name ends with")]
        pub enum Event<'a> {
            $(#[doc = $meaning] $variant { $($field: $kind),* },)+
        }

        /// Every event, in the order of a run.
        pub const EVENTS: &[Declared] = &[
            $(Declared {
                name: $name,
                level: stringify!($level),
                sentence: $sentence,
                fields: &[$(stringify!($field)),*],
                meaning: $meaning,
            },)+
        ];

        impl Event<'_> {
            /// Its name in the log.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)+
                }
            }

            /// Writes its line to the log.
            pub(super) fn log(&self) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        tracing::$level!(target: "sirank", event = $name, $($field = *$field,)* $sentence);
                    })+
                }
            }
        }
    };
}

pub(super) use events;
