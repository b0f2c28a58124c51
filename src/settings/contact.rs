//! `[contact]`: how often each cluster is contacted directly.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::cluster::Cluster;

/// How often each cluster is contacted directly.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    /// At most so many months between two direct contacts, per cluster; `none` where none is asked for.
    pub months: ContactMonths,
}

/// The interval of each cluster.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct ContactMonths {
    /// High revenue, high potential.
    #[serde(rename = "A")]
    pub a: Interval,
    /// Low revenue, high potential.
    #[serde(rename = "B")]
    pub b: Interval,
    /// Dormant, high potential.
    #[serde(rename = "C")]
    pub c: Interval,
    /// High revenue, low potential.
    #[serde(rename = "D")]
    pub d: Interval,
    /// Low revenue or dormant, low potential.
    #[serde(rename = "E")]
    pub e: Interval,
    /// Lost potential.
    #[serde(rename = "Z")]
    pub z: Interval,
}

/// Months between two direct contacts, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(pub Option<u32>);

impl Interval {
    /// The longest interval: a hundred years.
    pub(super) const LONGEST: u32 = 1200;
    /// The word for no interval.
    pub(super) const NONE: &'static str = "none";

    /// An interval of months; none where it is out of range.
    pub(super) fn from_months(months: i64) -> Option<Self> {
        u32::try_from(months)
            .ok()
            .filter(|months| (1..=Self::LONGEST).contains(months))
            .map(|n| Self(Some(n)))
    }
}

impl Default for ContactMonths {
    fn default() -> Self {
        let months = |months| Interval(Some(months));
        let none = Interval(None);
        Self { a: months(3), b: months(6), c: months(12), d: months(12), e: none, z: none }
    }
}

impl ContactMonths {
    /// The interval of each cluster that has one.
    pub fn by_cluster(&self) -> BTreeMap<Cluster, u32> {
        let intervals = [
            (Cluster::A, self.a),
            (Cluster::B, self.b),
            (Cluster::C, self.c),
            (Cluster::D, self.d),
            (Cluster::E, self.e),
            (Cluster::Z, self.z),
        ];
        intervals.into_iter().filter_map(|(cluster, Interval(months))| Some((cluster, months?))).collect()
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(months) => serializer.serialize_u32(months),
            None => serializer.serialize_str(Self::NONE),
        }
    }
}

struct IntervalVisitor;

impl Visitor<'_> for IntervalVisitor {
    type Value = Interval;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a number of months from 1 to {}, or \"none\"", Interval::LONGEST)
    }
    fn visit_i64<E: de::Error>(self, months: i64) -> Result<Interval, E> {
        Interval::from_months(months).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(months), &self))
    }
    fn visit_u64<E: de::Error>(self, months: u64) -> Result<Interval, E> {
        self.visit_i64(i64::try_from(months).unwrap_or(i64::MAX))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Interval, E> {
        if text == Interval::NONE {
            Ok(Interval(None))
        } else {
            Err(E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntervalVisitor)
    }
}

impl JsonSchema for Interval {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Interval".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "format": "months",
            "minimum": 1,
            "maximum": Self::LONGEST,
            "pattern": "^none$"
        })
    }
}
