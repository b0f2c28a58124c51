//! The contact plan for calendars: an event of a whole day for each company, on the day that its contact is due.

use chrono::{DateTime, Utc};

use crate::cli::render::ical::Calendar;
use crate::domain::catalogue::{Figure, Language};
use crate::domain::contact_plan::Contact;
use crate::domain::explanation::Explainer;
use crate::domain::time::Day;
use crate::engine::ContactPlan;

use super::table::Words;

/// What is due. What is to be assigned is in nobody's calendar.
pub(in crate::cli) fn calendar(plan: &ContactPlan, explainer: &Explainer, now: DateTime<Utc>) -> String {
    let language = explainer.language();
    let mut file = Calendar::default();
    file.line("BEGIN", "VCALENDAR");
    file.line("VERSION", "2.0");
    file.line("PRODID", concat!("-//sirank//contacts ", env!("CARGO_PKG_VERSION"), "//EN"));
    file.line("CALSCALE", "GREGORIAN");
    file.line("METHOD", "PUBLISH");
    file.text("X-WR-CALNAME", Words::of(language).calendar);
    for contact in plan.due() {
        if let Some(due) = contact.due {
            event(&mut file, plan, contact, due, explainer, now);
        }
    }
    file.line("END", "VCALENDAR");
    file.finish()
}

fn event(
    file: &mut Calendar,
    plan: &ContactPlan,
    contact: &Contact,
    due: Day,
    explainer: &Explainer,
    now: DateTime<Utc>,
) {
    let date = |day: Day| day.date().format("%Y%m%d").to_string();
    let name = if contact.name.trim().is_empty() { contact.company.as_str() } else { &contact.name };
    let summary = match explainer.language() {
        Language::En => format!("Contact {name} ({})", contact.cluster),
        Language::It => format!("Contattare {name} ({})", contact.cluster),
    };
    file.line("BEGIN", "VEVENT");
    file.text("UID", &uid(&plan.account, contact));
    file.line("DTSTAMP", &now.format("%Y%m%dT%H%M%SZ").to_string());
    file.line("DTSTART;VALUE=DATE", &date(due));
    // The day behind the last one: some calendars show nothing without it.
    file.line("DTEND;VALUE=DATE", &date(due.plus_days(1)));
    file.text("SUMMARY", &summary);
    file.text("DESCRIPTION", &description(contact, explainer));
    // It takes nobody's time.
    file.line("TRANSP", "TRANSPARENT");
    file.line("END", "VEVENT");
}

/// The same company of the same account has the same one whenever its contact is due: what is imported again takes the
/// place of what was there.
fn uid(account: &str, contact: &Contact) -> String {
    let plain = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
    format!("contact-{}-{}@sirank", plain(account).to_lowercase(), plain(contact.company.as_str()))
}

fn description(contact: &Contact, explainer: &Explainer) -> String {
    let words = Words::of(explainer.language());
    let label = |figure: Figure| figure.describe().label.in_language(explainer.language());
    let action = contact.action.as_str();
    let options = Figure::Action.describe().options;
    let action = options.iter().find(|option| option.name == action);
    let mut lines: Vec<String> =
        action.map(|option| option.label.in_language(explainer.language()).to_owned()).into_iter().collect();
    lines.push(contact.reason.clone());
    if let Some(score) = contact.score {
        lines.push(format!("{}: {}", label(Figure::Score), explainer.decimal(&format!("{score:.1}"))));
    }
    for (figure, amount) in
        [(Figure::Revenue36m, contact.revenue_36m), (Figure::Revenue12m, contact.revenue_12m)]
    {
        lines.push(format!("{}: {}", label(figure), explainer.amount(amount)));
    }
    let owner = contact.owner_name.as_deref().unwrap_or(words.nobody);
    lines.push(match explainer.language() {
        Language::En => format!("Owner: {owner}"),
        Language::It => format!("Proprietario: {owner}"),
    });
    lines.push(format!("Id: {}", contact.company));
    lines.join("\n")
}
