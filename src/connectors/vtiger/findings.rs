//! What `check` should say about an installation.

use super::cards::CardFields;
use super::config::VtigerConfig;
use super::fields::{Field, Module, Organizations, Place, decimals};
use super::labels::same;
use super::link::{CONTACTS, EMAILS, EVENTS};
use super::tasks;
use crate::domain::value::ValueKind;
use crate::domain::wake_up::CardField;
use crate::ports::{Finding, Severity};

/// The preferences of the API user that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct User {
    pub(super) is_admin: Option<bool>,
    pub(super) currency_decimals: Option<u32>,
    /// As vTiger calls it: `en_us`.
    pub(super) language: Option<String>,
}

/// The oldest release whose webservice is the same.
const OLDEST: u32 = 7;
/// What vTiger rounds to where the user has not chosen.
const USUAL_DECIMALS: u32 = 2;

fn finding(severity: Severity, place: impl Into<String>, what: impl Into<String>, advice: &str) -> Finding {
    Finding { severity, place: place.into(), what: what.into(), advice: advice.to_owned() }
}

pub(super) fn of_release(version: Option<&str>) -> Option<Finding> {
    let version = version?;
    let major: u32 = version.split('.').next()?.parse().ok()?;
    (major < OLDEST).then(|| {
        finding(
            Severity::Warning,
            "vTiger",
            format!("its release is {version}; sirank is made for 7.x and 8.x"),
            "Update vTiger, and look at the first values that are written",
        )
    })
}

/// Decimals are rounded to the preference of the user, whatever the field holds.
pub(super) fn of_user(config: &VtigerConfig, organizations: &Organizations, user: &User) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = format!("vTiger user {}", config.username);
    let needed = config.figures.iter().map(|figure| decimals(*figure)).max().unwrap_or(0);
    let has = user.currency_decimals.unwrap_or(USUAL_DECIMALS);
    if has < needed {
        findings.push(finding(
            Severity::Error,
            format!("{place}: Number Of Currency Decimals"),
            format!(
                "it is {has}, so everything that is written is rounded to {has} decimals; {needed} are needed"
            ),
            "Set it to 2 or more: My Preferences > Edit > Currency and Number Field Configuration",
        ));
    }
    let missing = || organizations.figures.iter().any(|held| held.place.field().is_none());
    if let Some(language) = user.language.as_deref().filter(|language| !language.starts_with("en"))
        && missing()
    {
        findings.push(finding(
            Severity::Warning,
            format!("{place}: Language"),
            format!("it is {language}, and vTiger may translate the labels by which fields are found"),
            "Set the language of the API user to English, or name the fields (cf_…) in vtiger.fields",
        ));
    }
    findings
}

/// The country is read like what people fill in, and is no concern of the engine's.
pub(super) fn of_country(organizations: &Organizations) -> Option<Finding> {
    let Place::Missing(name) = &organizations.country else { return None };
    Some(finding(
        Severity::Warning,
        format!("property {name}"),
        "organizations have no such field, so every company counts as having no country",
        "Name the field that holds it in company.country, by label or name (bill_country)",
    ))
}

/// What the types of fields do not tell: how long a text may be.
pub(super) fn of_fields(organizations: &Organizations) -> Vec<Finding> {
    let short = organizations.figures.iter().filter(|held| held.kind == ValueKind::Text);
    let short = short.filter_map(|held| held.place.field()).filter(|field| field.kind == "string");
    short
        .map(|field| {
            finding(
                Severity::Ok,
                format!("property {}", field.for_people()),
                "it is a text of one line, whose length vTiger does not tell",
                "It has to be 255 long, or of the type Text Area; a shorter one would be reported when it is written",
            )
        })
        .collect()
}

pub(super) fn of_stages(config: &VtigerConfig, potentials: &Module) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(stages) = potentials.field("sales_stage") {
        let known = |stage: &&String| stages.values.iter().any(|(value, _)| same(value, stage));
        let unknown: Vec<&String> = config.closed_stages.iter().filter(|stage| !known(stage)).collect();
        let all = unknown.len() == config.closed_stages.len();
        for stage in unknown {
            findings.push(finding(
                if all { Severity::Error } else { Severity::Warning },
                "vtiger.closed_stages",
                format!("there is no sales stage `{stage}`"),
                "Write the stages of won and lost opportunities as they stand in Settings > Picklist Field Values > \
                 Opportunities > Sales Stage: all others count as open",
            ));
        }
        for stage in config.won_stages.iter().filter(|stage| !known(stage)) {
            findings.push(finding(
                Severity::Warning,
                "vtiger.won_stages",
                format!("there is no sales stage `{stage}`"),
                "Write the stages of won opportunities as they stand in Settings > Picklist Field Values > Opportunities > \
                 Sales Stage: no other counts as won",
            ));
        }
    }
    let Some(name) = &config.pipeline_field else { return findings };
    let meant = potentials.meant_by(name);
    let what = match meant.as_slice() {
        [field] if field.kind == "picklist" => return findings,
        [field] => {
            format!("the field {} of opportunities is no picklist but {}", field.for_people(), field.kind)
        }
        [] => format!("opportunities have no field `{name}`"),
        _ => format!("several fields of opportunities are called `{name}`"),
    };
    let advice =
        "Write the label or the name (cf_…) of the picklist that tells the pipeline, or leave it out";
    findings.push(finding(Severity::Error, "vtiger.pipeline_field", what, advice));
    findings
}

/// What keeps cards from being made as they should be. Everything else goes on without them.
pub(super) fn of_cards(potentials: &Module, fields: &CardFields) -> Vec<Finding> {
    let mut findings = Vec::new();
    for field in CardField::ALL {
        let meant = potentials.labelled(field.label());
        if let [first, _, ..] = meant.as_slice() {
            let names: Vec<String> = meant.iter().map(|field| field.for_people()).collect();
            findings.push(finding(
                Severity::Warning,
                format!("vTiger: Opportunities: {}", field.label().en),
                format!(
                    "several fields of opportunities may be meant: {}; {} is taken",
                    names.join(", "),
                    first.name
                ),
                "Rename the others",
            ));
        }
    }
    findings.extend(left_empty("Opportunities", "opportunity", "card", fields.others(potentials)));
    findings
}

/// What keeps tasks from being made as they should be. Everything else goes on without them.
pub(super) fn of_tasks(calendar: &Module) -> Vec<Finding> {
    let others = calendar.mandatory_without(&tasks::STOCK);
    let mut findings = left_empty("Calendar", "task", "task of sirank's", others);
    let offered = calendar.field(tasks::STATUS).map(|field| field.values.as_slice()).unwrap_or_default();
    let missing = [tasks::OPEN, tasks::DONE]
        .into_iter()
        .filter(|status| !offered.iter().any(|(value, _)| same(value, status)));
    findings.extend(missing.map(|status| {
        finding(
            Severity::Warning,
            "vTiger: Calendar: Status",
            format!("tasks have no status `{status}`, which sirank gives them and knows them by"),
            "Add the value in Settings > Picklist Field Values > Calendar > Status",
        )
    }));
    findings
}

/// Mandatory fields of a module without a value for new records of sirank's. One with a default is given that.
fn left_empty(screen: &str, record: &str, own: &str, others: Vec<&Field>) -> Vec<Finding> {
    let empty = others.into_iter().filter(|field| field.default.is_none());
    let findings = empty.map(|field| {
        finding(
            Severity::Warning,
            format!("vTiger: {screen}: {}", field.for_people()),
            format!(
                "a new {record} has to have a value in it and a {own} has none, so vTiger refuses new ones"
            ),
            &format!(
                "Make the field optional, or give it a default: Settings > Module Layouts & Fields > {screen}"
            ),
        )
    });
    findings.collect()
}

/// What is not read where a module is kept from the user, and values that it does not have.
pub(super) fn of_module(config: &VtigerConfig, name: &str, module: Option<&Module>) -> Vec<Finding> {
    let contacts = &config.contacts;
    let wanted = match name {
        EVENTS => !contacts.activity_types.is_empty(),
        EMAILS => contacts.emails,
        _ => true,
    };
    let Some(module) = module else {
        let lost = match name {
            EVENTS => "calls and meetings do not count as direct contacts",
            EMAILS => "e-mails do not count as direct contacts",
            CONTACTS => {
                "opportunities, calls and e-mails of a person do not count for the person's organization"
            }
            _ => "it is not read",
        };
        let advice = "Switch the module on in Settings > Module Manager";
        let what = format!("the API user does not see the module {name}: {lost}");
        return if wanted { vec![finding(Severity::Warning, "vTiger", what, advice)] } else { Vec::new() };
    };
    if name != EVENTS {
        return Vec::new();
    }
    let lists = [
        ("vtiger.contact_events", "activitytype", &contacts.activity_types),
        ("vtiger.held_statuses", "eventstatus", &contacts.statuses),
    ];
    let unknown = lists.into_iter().flat_map(|(key, field, values)| {
        let known = module.field(field).map(|field| field.values.as_slice()).unwrap_or_default();
        let unknown = values.iter().filter(move |wanted| !known.iter().any(|(value, _)| same(value, wanted)));
        unknown.map(move |value| {
            finding(
                Severity::Warning,
                key,
                format!("events have no such {field}: `{value}`"),
                "Write the values as they stand in Settings > Picklist Field Values > Events",
            )
        })
    });
    unknown.collect()
}

pub(super) fn of_deletions(told: bool) -> Finding {
    let (what, advice) = if told {
        ("`sync` works, so deleted organizations are told", "Nothing to do")
    } else {
        (
            "`sync` does not work, as in every stock release 8.4, so deleted organizations are found by reading all ids",
            "Nothing to do: it takes a call for 100 organizations",
        )
    };
    finding(Severity::Ok, "vTiger", what, advice)
}
