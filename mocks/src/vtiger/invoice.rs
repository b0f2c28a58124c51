//! Invoices: their lines, their totals, and what the stock release does to them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::crm::Crm;
use super::failure::Outcome;
use super::json::Json;
use super::user::User;
use super::write::Written;

impl Crm {
    pub(crate) fn invoice_details(
        &self,
        _id: u64,
        _user: &User,
        _created: bool,
    ) -> Vec<(Cow<'_, str>, Json<'_>)> {
        Vec::new()
    }

    pub(crate) fn check_new_invoice(&self, _element: &Map<String, Value>, _guarded: bool) -> Outcome<()> {
        Ok(())
    }

    pub(crate) fn save_new_lines(&mut self, _id: u64, _element: &Map<String, Value>) -> Outcome<()> {
        Ok(())
    }

    pub(crate) fn damage_invoice(&mut self, _id: u64, _element: &Map<String, Value>) {}

    pub(crate) fn written_invoice(&self, user: &User, written: &Written) -> Json<'_> {
        let mut entries = self.entries(user, written.found);
        entries.push(("label".into(), self.label(written.found)));
        Json::Object(entries)
    }
}
