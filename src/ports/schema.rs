//! What can be created in a CRM's schema, by the API or by a person.

use std::fmt;

use serde::Serialize;

use super::InputProperty;
use crate::domain::catalogue::Figure;
use crate::domain::ids::PipelineId;
use crate::domain::wake_up::{CardField, StageRole};

/// Something that can be created in a CRM's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaItem {
    /// The property of a figure, in the configured language.
    Figure(Figure),
    /// Options that the property of a figure lacks: their internal names.
    Options(Figure, Vec<String>),
    /// A property that people fill in.
    Input(InputProperty),
    /// The Wake Up pipeline with its stages, as it is configured.
    Board,
    /// Stages that the Wake Up pipeline lacks.
    Stages(PipelineId, Vec<StageRole>),
    /// A property of cards.
    CardField(CardField),
}

/// What a person has to do in the CRM, since its API cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandWork {
    /// The screen, as the vendor's menus lead to it.
    pub screen: String,
    /// What is entered there, in the order of that screen: the name of the entry and its value.
    pub entries: Vec<(String, String)>,
}

impl fmt::Display for HandWork {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.screen)?;
        for (place, (entry, value)) in self.entries.iter().enumerate() {
            write!(out, "{} {entry}: {value}", if place == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}
