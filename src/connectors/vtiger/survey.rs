//! What the installation is like, and what stands in the way of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use super::cards::CardFields;
use super::client::Answered;
use super::config::VtigerConfig;
use super::currencies::currencies;
use super::deals::pipelines;
use super::fields::{Organizations, Place};
use super::findings::{self, User};
use super::link::{
    ACCOUNTS, CALENDAR, CONTACTS, CURRENCY, EMAILS, EVENTS, GROUPS, POTENTIALS, USERS, account_id, during,
};
use super::query::Query;
use super::session::Identity;
use super::wire::Row;
use super::{SYSTEM, Vtiger};
use crate::domain::ids::OwnerId;
use crate::domain::owner::OwnerName;
use crate::ports::{CallError, Survey, Trouble};

const DOING: &str = "reading the set-up";
/// Modules that nothing can be done without. Only administrators see Users.
const NEEDED: [&str; 4] = [ACCOUNTS, POTENTIALS, USERS, CURRENCY];

pub(super) async fn survey(vtiger: &Vtiger) -> Result<Survey, CallError> {
    vtiger.forget();
    let client = &vtiger.link.client;
    let visible = client.types().await.map_err(during(DOING, "listtypes"))?;
    let identity = client.identity().await.map_err(during(DOING, USERS))?;
    let organizations = permitted(vtiger, &visible, &identity).await?;
    let user = own_record(vtiger, &identity).await.map_err(during(DOING, USERS))?;
    if user.is_admin == Some(false) {
        let missing = vec!["administrator".to_owned()];
        return Err(forbidden(&vtiger.config, missing));
    }
    *vtiger.currency_decimals.lock().unwrap_or_else(PoisonError::into_inner) = user.currency_decimals;
    rest(vtiger, &identity, &organizations, user).await
}

/// The organizations, or everything at once that the user may not see or edit.
async fn permitted(
    vtiger: &Vtiger,
    visible: &[String],
    identity: &Identity,
) -> Result<std::sync::Arc<Organizations>, CallError> {
    let mut missing: Vec<String> = NEEDED
        .into_iter()
        .filter(|module| !visible.iter().any(|name| name == module))
        .map(str::to_owned)
        .collect();
    if missing.iter().any(|module| module == ACCOUNTS) {
        return Err(forbidden(&vtiger.config, missing));
    }
    let organizations = vtiger.organizations().await.map_err(during(DOING, ACCOUNTS))?;
    if !organizations.module.editable {
        missing.push(format!("{ACCOUNTS}: edit"));
    }
    if identity.is_admin == Some(false) {
        missing.extend(kept_from_the_user(&organizations));
        missing.push("administrator".to_owned());
    }
    if missing.is_empty() { Ok(organizations) } else { Err(forbidden(&vtiger.config, missing)) }
}

/// Fields that a profile may hide or lock. What an administrator does not see is not there.
fn kept_from_the_user(organizations: &Organizations) -> Vec<String> {
    let figures = organizations.figures.iter().filter_map(|held| match &held.place {
        Place::Found(field) if field.editable => None,
        Place::Found(field) => Some(format!("{ACCOUNTS}.{}: edit", field.for_people())),
        Place::Missing(label) => Some(format!("{ACCOUNTS}.{label}: see")),
    });
    figures.collect()
}

fn forbidden(config: &VtigerConfig, missing: Vec<String>) -> CallError {
    let message = format!(
        "the API user `{}` has to be an administrator who sees these modules: only then does it see and edit every \
         record and field. Settings > Users, and Settings > Profiles",
        config.username
    );
    let trouble = Trouble::Forbidden { missing, message };
    CallError { system: SYSTEM.to_owned(), operation: DOING.to_owned(), trouble }
}

/// The user's own record: a list of users leaves the preferences out.
async fn own_record(vtiger: &Vtiger, identity: &Identity) -> Answered<User> {
    let Some(id) = &identity.user else { return Ok(User::default()) };
    let row = vtiger.link.client.retrieve("users.read", id).await?;
    Ok(User {
        is_admin: identity.is_admin.or_else(|| says_admin(&row)),
        currency_decimals: row.text("no_of_currency_decimals").and_then(|digits| digits.parse().ok()),
        language: row.text("language").map(str::to_owned),
    })
}

/// Whether a user's own record tells of an administrator; none where it does not say.
pub(super) fn says_admin(user: &Row) -> Option<bool> {
    user.text("is_admin").map(|admin| admin == "on" || admin == "1")
}

async fn rest(
    vtiger: &Vtiger,
    identity: &Identity,
    organizations: &Organizations,
    user: User,
) -> Result<Survey, CallError> {
    let Vtiger { link, config, .. } = vtiger;
    let failed = during(DOING, POTENTIALS);
    let potentials = link.needed(POTENTIALS).await.map_err(&failed)?;
    let currencies = currencies(link).await.map_err(during(DOING, CURRENCY))?;
    let Owners { active: active_owners, names: owner_names } =
        owners(vtiger).await.map_err(during(DOING, USERS))?;
    let mut findings = organizations.findings.clone();
    findings.extend(findings::of_release(identity.version.as_deref()));
    findings.extend(findings::of_user(config, organizations, &user));
    findings.extend(findings::of_fields(organizations));
    findings.extend(findings::of_country(organizations));
    findings.extend(findings::of_stages(config, &potentials));
    let card_fields = config.wake_up.is_some().then(|| CardFields::of(&potentials, config));
    findings.extend(card_fields.iter().flat_map(|fields| findings::of_cards(&potentials, fields)));
    let calendar = link.visible(CALENDAR).await.map_err(during(DOING, CALENDAR))?;
    findings.extend(calendar.iter().flat_map(|calendar| findings::of_tasks(calendar)));
    for module in [EVENTS, EMAILS, CONTACTS] {
        let seen = link.visible(module).await.map_err(during(DOING, module))?;
        findings.extend(findings::of_module(config, module, seen.as_deref()));
    }
    findings.push(findings::of_deletions(vtiger.tells_deletions().await.map_err(&failed)?));
    let release = identity.version.as_deref().unwrap_or("of an unknown release");
    let account = account_id(config);
    Ok(Survey {
        account: format!("{SYSTEM} {release} at {account} (user {})", config.username),
        account_id: Some(account),
        currency: currencies.base().map(str::to_owned),
        time_zone: None,
        properties: organizations.properties(),
        figure_properties: organizations
            .figures
            .iter()
            .map(|held| (held.figure, held.place.name().to_owned()))
            .collect(),
        input_properties: organizations
            .inputs
            .iter()
            .map(|(input, place)| (*input, place.name().to_owned()))
            .collect(),
        keyed_by_id: config.own_invoices,
        pipelines: pipelines(config, &potentials),
        card_properties: card_fields.map(|fields| fields.properties()).unwrap_or_default(),
        pipelines_left: None,
        active_owners,
        owner_names,
        properties_left: None,
        quotas: link.client.stack.usage().quotas,
        findings,
    })
}

/// Who may own organizations.
#[derive(Default)]
struct Owners {
    active: BTreeSet<OwnerId>,
    names: BTreeMap<OwnerId, OwnerName>,
}

/// Active users, and groups where they count. The names of inactive users too: organizations stay theirs.
async fn owners(vtiger: &Vtiger) -> Answered<Owners> {
    let Vtiger { link, config, .. } = vtiger;
    let mut owners = Owners::default();
    let users = link.needed(USERS).await?;
    let query = Query::of(USERS).columns(["status", "first_name", "last_name", "email1"]);
    for user in link.client.all("users.list", &query, users.prefix).await? {
        let id = OwnerId::from(user.id());
        let name = OwnerName::of(user.text("first_name"), user.text("last_name"), user.text("email1"));
        if user.text("status") == Some("Active") {
            owners.active.insert(id.clone());
        }
        owners.names.insert(id, name);
    }
    if config.groups_are_owners
        && let Some(groups) = link.visible(GROUPS).await?
    {
        let query = Query::of(GROUPS).columns(["groupname"]);
        for group in link.client.all("groups.list", &query, groups.prefix).await? {
            let id = OwnerId::from(group.id());
            owners.active.insert(id.clone());
            owners.names.insert(id, OwnerName::of(None, group.text("groupname"), None));
        }
    }
    Ok(owners)
}
