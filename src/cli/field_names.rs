//! What the property of a figure is called where people of the CRM look for it.

use std::collections::BTreeMap;

use crate::domain::catalogue::Figure;
use crate::settings::Settings;
use crate::settings::crm::CrmKind;

/// The names of the figures in the configured CRM.
#[derive(Clone, Debug)]
pub(crate) struct FieldNames(BTreeMap<Figure, String>);

impl FieldNames {
    /// By label where that is how fields are known, by internal name elsewhere.
    pub(crate) fn of(settings: &Settings) -> Self {
        let name = |figure: Figure| match settings.crm.kind {
            CrmKind::Vtiger => settings
                .vtiger
                .fields
                .0
                .get(&figure)
                .cloned()
                .unwrap_or_else(|| figure.describe().label.in_language(settings.language).to_owned()),
            CrmKind::Hubspot | CrmKind::Csv => figure.property_name(&settings.company.property_prefix),
        };
        Self(Figure::ALL.into_iter().map(|figure| (figure, name(figure))).collect())
    }

    /// The name of one.
    pub(crate) fn name(&self, figure: Figure) -> &str {
        self.0.get(&figure).map_or_else(|| figure.name(), String::as_str)
    }
}
