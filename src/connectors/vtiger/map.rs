//! Between vTiger's records and the domain's.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::fields::{Organizations, Place};
use super::wire::Row;
use crate::domain::company::{CompanyKeysText, CompanyRecord};
use crate::domain::ids::{CompanyId, OwnerId};
use crate::domain::time::Day;
use crate::ports::InputProperty;

/// How organizations are read.
pub(super) struct Reading<'a> {
    pub(super) organizations: &'a Organizations,
    pub(super) zone: Tz,
    /// Whether the invoices name the organization by its id.
    pub(super) own_invoices: bool,
}

impl Reading<'_> {
    pub(super) fn company(&self, row: &Row) -> CompanyRecord {
        let Organizations { figures, inputs, country, .. } = self.organizations;
        let input = |input: InputProperty| inputs.get(&input).and_then(|place| filled_in(row, place));
        let observed = figures.iter().filter_map(|held| {
            let text = row.raw(&held.place.field()?.name)?;
            Some((held.figure, held.observed(text)?))
        });
        CompanyRecord {
            version: None,
            id: CompanyId::from(row.id()),
            name: row.text("accountname").unwrap_or_default().to_owned(),
            created: row.text("createdtime").and_then(|text| day_of_instant(text, self.zone)),
            keys: CompanyKeysText {
                customer_id: input(InputProperty::AccountingId),
                own_id: self.own_invoices.then(|| row.id().to_owned()),
                vat_number: input(InputProperty::VatNumber),
                tax_code: input(InputProperty::TaxCode),
                country: filled_in(row, country),
            },
            potential: input(InputProperty::Potential),
            category: input(InputProperty::Category),
            d_and_p: input(InputProperty::DAndP),
            owner: row.text("assigned_user_id").map(OwnerId::from),
            last_contact: None,
            last_contact_at: None,
            observed: observed.collect(),
        }
    }
}

/// What people filled in. A zero in a number field is an empty one, and so is a checkbox that is not ticked.
fn filled_in(row: &Row, place: &Place) -> Option<String> {
    let field = place.field()?;
    let text = row.text(&field.name)?;
    if field.is_flag() {
        return matches!(text, "1" | "on" | "true" | "yes").then(|| "true".to_owned());
    }
    let is_zero = || text.bytes().all(|byte| byte == b'0' || byte == b'.');
    (!(field.is_number() && is_zero())).then(|| text.to_owned())
}

/// The day of an instant, `YYYY-MM-DD HH:MM:SS` in UTC whatever the user's zone is.
pub(super) fn day_of_instant(text: &str, zone: Tz) -> Option<Day> {
    Some(in_zone(instant(text)?, zone))
}

/// An instant, `YYYY-MM-DD HH:MM:SS` in UTC whatever the user's zone is.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S").ok()?;
    Some(instant.and_utc())
}

/// The day of an event: a date and, where there is one, a time of day, both in UTC.
pub(super) fn day_of_event(date: &str, time: Option<&str>, zone: Tz) -> Option<Day> {
    let whole: NaiveDate = date.trim().parse().ok()?;
    Some(instant_of_event(date, time).map_or_else(|| whole.into(), |instant| in_zone(instant, zone)))
}

/// The instant of an event; none where it has no time of day.
pub(super) fn instant_of_event(date: &str, time: Option<&str>) -> Option<DateTime<Utc>> {
    let date: NaiveDate = date.trim().parse().ok()?;
    let time = time?.trim();
    let time = ["%H:%M:%S", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok())?;
    Some(date.and_time(time).and_utc())
}

/// When work begins on a day of the business zone.
pub(super) fn morning(day: Day, zone: Tz) -> DateTime<Utc> {
    let local = day.date().and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default());
    local.and_local_timezone(zone).earliest().map_or_else(|| local.and_utc(), |at| at.to_utc())
}

/// The day of an instant in the business zone.
pub(super) fn in_zone(instant: DateTime<Utc>, zone: Tz) -> Day {
    instant.with_timezone(&zone).date_naive().into()
}
