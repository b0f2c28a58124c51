//! What a portal says about itself, and its people.

use chrono::{Offset, TimeZone};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::clock::{instant, iso};

/// Account details.
#[derive(Clone, Debug)]
pub struct Account {
    /// `portalId`
    pub portal_id: u64,
    /// `portalName`, answered since 2026-09.
    pub name: String,
    /// IANA name.
    pub time_zone: Tz,
    /// ISO code.
    pub currency: String,
    /// ISO codes beside it.
    pub additional_currencies: Vec<String>,
    /// Such as `app-eu1.hubspot.com`.
    pub ui_domain: String,
    /// Such as `eu1`.
    pub data_location: String,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            portal_id: 14_700_000,
            name: "Mock portal".to_owned(),
            time_zone: chrono_tz::Europe::Rome,
            currency: "EUR".to_owned(),
            additional_currencies: Vec::new(),
            ui_domain: "app-eu1.hubspot.com".to_owned(),
            data_location: "eu1".to_owned(),
            created_ms: 1_230_768_000_000,
        }
    }
}

impl Account {
    /// Seconds that the account's zone is ahead of UTC at this instant.
    fn offset_seconds(&self, now: i64) -> i32 {
        self.time_zone.offset_from_utc_datetime(&instant(now).naive_utc()).fix().local_minus_utc()
    }

    /// The account's calendar day, counted from the epoch: the daily quota starts again with it.
    pub(crate) fn day(&self, now: i64) -> i64 {
        (now + i64::from(self.offset_seconds(now)) * 1000).div_euclid(86_400_000)
    }

    /// When the account's day ends.
    pub(crate) fn midnight_ms(&self, now: i64) -> i64 {
        (self.day(now) + 1) * 86_400_000 - i64::from(self.offset_seconds(now)) * 1000
    }

    pub(crate) fn to_json(&self, now: i64, version: &str) -> Value {
        let seconds = self.offset_seconds(now);
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        let mut body = json!({
            "portalId": self.portal_id, "accountType": "STANDARD", "timeZone": self.time_zone.name(),
            "companyCurrency": self.currency, "additionalCurrencies": self.additional_currencies,
            "utcOffset": format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
            "utcOffsetMilliseconds": i64::from(seconds) * 1000,
            "uiDomain": self.ui_domain, "dataHostingLocation": self.data_location,
        });
        if let (Value::Object(fields), true) = (&mut body, version >= "2026-09") {
            fields.insert("portalName".into(), json!(self.name));
            fields.insert("createdAt".into(), json!(iso(self.created_ms)));
        }
        body
    }
}

/// A person of the portal.
#[derive(Clone, Debug)]
pub struct Owner {
    /// What `hubspot_owner_id` holds.
    pub id: u64,
    /// Another number for the same person.
    pub user_id: u64,
    /// Address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Deactivated.
    pub archived: bool,
}

impl Owner {
    pub(crate) fn to_json(&self) -> Value {
        let user_id = if self.archived { Value::Null } else { json!(self.user_id) };
        json!({
            "id": self.id.to_string(), "email": self.email, "type": "PERSON", "firstName": self.first_name,
            "lastName": self.last_name, "userId": user_id, "userIdIncludingInactive": self.user_id,
            "createdAt": iso(0), "updatedAt": iso(0), "archived": self.archived, "teams": [],
        })
    }
}
