//! The state of a portal, and how seeds and people change it.

use std::sync::Arc;

use super::account::{Account, Owner};
use super::kind::Kind;
use super::links::{Links, default_type};
use super::pipeline::{Pipeline, Stage};
use super::record::Record;
use super::schema::Property;
use super::space::Space;
use super::standard;

/// When a property has to have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// On every creation: the object's Create Record form asks for it.
    OnCreate,
    /// Whenever another property has this value.
    When {
        /// The other property.
        property: String,
        /// Its value.
        value: String,
    },
}

/// A rule that an admin made; enforced on API writes since 2026-09.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// For which object type.
    pub kind: Kind,
    /// Which property.
    pub property: String,
    /// When.
    pub need: Need,
}

/// The plan's limits on definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Custom properties per object type.
    pub custom_properties: usize,
    /// Unique-valued custom properties per object type.
    pub unique_properties: usize,
    /// Deal pipelines.
    pub pipelines: usize,
    /// Records per object type.
    pub records: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { custom_properties: 1_000, unique_properties: 10, pipelines: 15, records: 15_000_000 }
    }
}

/// A portal: everything that outlives a request.
#[derive(Clone, Debug)]
pub struct Portal {
    /// Details.
    pub account: Account,
    /// People, active and deactivated.
    pub owners: Vec<Owner>,
    /// Deal pipelines.
    pub pipelines: Vec<Pipeline>,
    /// Associations.
    pub links: Links,
    /// Rules of the admin.
    pub rules: Vec<Rule>,
    /// Limits on definitions.
    pub plan: Plan,
    spaces: [Space; 6],
    next_id: u64,
}

impl Default for Portal {
    fn default() -> Self {
        Self::new()
    }
}

impl Portal {
    /// An empty portal: the standard properties and the default pipeline.
    pub fn new() -> Self {
        let space = |kind| Space::with(standard::schema(kind));
        let stages = vec![
            Stage::new("appointmentscheduled", "Appointment Scheduled", 0, "0.2"),
            Stage::new("qualifiedtobuy", "Qualified To Buy", 1, "0.4"),
            Stage::new("contractsent", "Contract Sent", 2, "0.9"),
            Stage::new("closedwon", "Closed Won", 3, "1.0"),
            Stage::new("closedlost", "Closed Lost", 4, "0.0"),
        ];
        Self {
            account: Account::default(),
            owners: Vec::new(),
            pipelines: vec![Pipeline::new("default", "Sales Pipeline", stages)],
            links: Links::default(),
            rules: Vec::new(),
            plan: Plan::default(),
            spaces: Kind::ALL.map(space),
            next_id: 1_000_001,
        }
    }

    /// The records and definitions of a kind.
    pub fn space(&self, kind: Kind) -> &Space {
        &self.spaces[kind.index()]
    }

    pub(crate) fn space_mut(&mut self, kind: Kind) -> &mut Space {
        &mut self.spaces[kind.index()]
    }

    /// A number that no record, pipeline or stage has yet.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Adds a property definition, and its group if missing.
    pub fn add_property(&mut self, kind: Kind, property: Property) {
        let schema = &mut self.space_mut(kind).schema;
        if !schema.groups.contains_key(&property.group) {
            schema.add_group(&property.group, &property.group);
        }
        schema.add(property);
    }

    /// Adds a person.
    pub fn add_owner(&mut self, id: u64, email: &str, archived: bool) {
        let (first, last) = email.split_once('@').map_or((email, ""), |(user, _)| (user, "Rossi"));
        self.owners.push(Owner {
            id,
            user_id: id + 50_000_000,
            email: email.to_owned(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            archived,
        });
    }

    /// Adds a pipeline.
    pub fn add_pipeline(&mut self, pipeline: Pipeline) {
        self.pipelines.push(pipeline);
    }

    /// Adds a record without any check, as it was made at `at_ms`. Unknown names become custom text properties.
    pub fn add(&mut self, kind: Kind, at_ms: i64, values: &[(&str, &str)]) -> u64 {
        let id = self.fresh_id();
        self.space_mut(kind).records.insert(id, Record::new(id, at_ms));
        self.put(kind, id, values);
        id
    }

    /// Sets values without any check and without moving the change date. Returns the names that changed.
    pub fn put(&mut self, kind: Kind, id: u64, values: &[(&str, &str)]) -> Vec<String> {
        let space = self.space_mut(kind);
        let mut named: Vec<(Arc<str>, String)> = Vec::with_capacity(values.len() + 2);
        for (name, value) in values {
            if space.schema.name_of(name).is_none() {
                space.schema.add(Property::text(name));
            }
            if let Some(name) = space.schema.name_of(name) {
                named.push((Arc::clone(name), (*value).to_owned()));
            }
        }
        let mut changed = space.set(id, &named);
        if kind == Kind::Deal {
            changed.extend(self.refresh_deal(id));
        }
        changed
    }

    /// Adds an unlabeled association, made primary for the first company of a deal.
    pub fn associate(&mut self, from: (Kind, u64), to: (Kind, u64)) {
        if let Some(link) = default_type(from.0, to.0) {
            self.links.add(from, to, link.id);
        }
    }

    /// The pipeline and stage of a deal's values.
    pub fn stage(&self, pipeline: &str, stage: &str) -> Option<&Stage> {
        self.pipelines.iter().find(|held| held.id == pipeline)?.stage(stage)
    }

    /// Whether these values bring a deal into a closed stage that it is not in, without naming a date of their own: it is
    /// closed now then, whatever date was meant before.
    pub(crate) fn would_close(&self, kind: Kind, id: u64, values: &[(&str, &str)]) -> bool {
        let sent = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let Some(deal) = self.space(kind).records.get(&id).filter(|_| kind == Kind::Deal) else {
            return false;
        };
        let of = |name: &str| sent(name).or_else(|| deal.props.get(name)).unwrap_or_default();
        let closed = self.stage(of("pipeline"), of("dealstage")).is_some_and(Stage::is_closed);
        let moves = sent("dealstage").is_some_and(|stage| deal.props.get("dealstage") != Some(stage));
        closed && moves && sent("closedate").is_none()
    }

    /// Recomputes what a deal's stage decides: closed, won, probability.
    pub(crate) fn refresh_deal(&mut self, id: u64) -> Vec<String> {
        let Some(record) = self.space(Kind::Deal).records.get(&id) else { return Vec::new() };
        let pipeline = record.props.get("pipeline").unwrap_or_default();
        let stage = record.props.get("dealstage").unwrap_or_default();
        let Some(stage) = self.stage(pipeline, stage) else { return Vec::new() };
        let computed = [
            ("hs_is_closed", stage.is_closed().to_string()),
            ("hs_is_closed_won", stage.is_won().to_string()),
            ("hs_deal_stage_probability", stage.probability.clone()),
        ];
        let space = self.space_mut(Kind::Deal);
        let named: Vec<(Arc<str>, String)> = computed
            .into_iter()
            .filter_map(|(name, value)| Some((Arc::clone(space.schema.name_of(name)?), value)))
            .collect();
        space.set(id, &named)
    }

    /// Merges one record into another, as a person would: the loser disappears, the winner keeps its values.
    pub fn merge(&mut self, kind: Kind, winner: u64, loser: u64, now: i64) -> bool {
        if winner == loser || !self.space(kind).records.contains_key(&winner) {
            return false;
        }
        let space = self.space_mut(kind);
        let Some(gone) = space.records.get(&loser).cloned() else { return false };
        space.archive(loser, now);
        space.archived.remove(&loser);
        space.merged.insert(loser, winner);
        let inherited: Vec<(Arc<str>, String)> = gone
            .props
            .iter()
            .filter(|(name, _)| space.records.get(&winner).is_some_and(|kept| kept.props.get(name).is_none()))
            .filter_map(|(name, value)| Some((Arc::clone(space.schema.name_of(name)?), value.to_owned())))
            .collect();
        space.set(winner, &inherited);
        if let Some(kept) = space.records.get_mut(&winner) {
            kept.merged_ids.extend(gone.merged_ids);
            kept.merged_ids.push(loser);
            kept.touch(now, 0);
        }
        self.links.detach((kind, loser), Some(winner));
        true
    }

    /// Puts a record into the recycle bin.
    pub fn archive(&mut self, kind: Kind, id: u64, now: i64) -> bool {
        let done = self.space_mut(kind).archive(id, now);
        if done {
            self.links.detach((kind, id), None);
        }
        done
    }

    /// The value of a property as an answer shows it, computed ones included.
    pub fn value(&self, kind: Kind, record: &Record, name: &str) -> Option<String> {
        match (kind, name) {
            (Kind::Company, "num_associated_deals") => {
                Some(self.links.of(kind, record.id, Kind::Deal).len().to_string())
            }
            (Kind::Company, "hs_num_open_deals") => Some(self.open_deals(record.id).to_string()),
            (Kind::Deal, "hs_primary_associated_company") => {
                self.links.primary_company(record.id).map(|company| company.to_string())
            }
            _ => record.value(kind, name),
        }
    }

    fn open_deals(&self, company: u64) -> usize {
        let deals = &self.space(Kind::Deal).records;
        self.links
            .of(Kind::Company, company, Kind::Deal)
            .iter()
            .filter_map(|link| deals.get(&link.to))
            .filter(|deal| deal.props.get("hs_is_closed") != Some("true"))
            .count()
    }
}
