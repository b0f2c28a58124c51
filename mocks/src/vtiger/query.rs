//! `query`: from a statement to rows.

use std::collections::BTreeMap;
use std::collections::btree_map;

use super::condition::{Condition, Key};
use super::crm::Crm;
use super::failure::{Failure, Outcome};
use super::field::{Field, Role, Type};
use super::json::Json;
use super::parser::{self, Columns, Mistake, Statement};
use super::schema::{Module, ModuleId};
use super::show::{Mode, Part, Row, line_column};
use super::user::User;

/// The most rows of an answer.
const MOST: u64 = 100;

/// Whether rows are joined with the lines of invoices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    None,
    /// A column of the lines was named: what has no line does not come.
    Inner,
    /// All columns are asked for: what has no line comes too.
    Outer,
}

/// A query that may be carried out.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) module: ModuleId,
    columns: Vec<usize>,
    counts: bool,
    lines: Join,
    any_of: Vec<Vec<Condition>>,
    order: Vec<usize>,
    descending: bool,
    offset: u64,
    limit: u64,
}

/// The word behind the first `from`: which module is meant, before anything is parsed.
pub(crate) fn module_named(query: &str) -> Option<&str> {
    let lower = query.to_ascii_lowercase();
    let mut search = 0;
    while let Some(found) = lower.get(search..)?.find("from") {
        let after = search + found + 4;
        let rest = query.get(after..)?;
        let name = rest.trim_start();
        if name.len() < rest.len() {
            let end = name.find(|letter: char| letter.is_whitespace() || letter == ';').unwrap_or(name.len());
            if end > 0 {
                return name.get(..end);
            }
        }
        search = after;
    }
    None
}

impl Crm {
    /// Reads a query and checks what it names.
    pub(crate) fn plan(&self, user: &User, query: &str) -> Outcome<Plan> {
        let name = module_named(query).ok_or_else(|| Failure::denied_for("query"))?;
        let unknown = || Failure::denied_for(&format!("name : {name}"));
        let id = self.schema.id_of(name).ok_or_else(unknown)?;
        let module = &self.schema.modules[id];
        if !user.sees_module(name) {
            return Err(Failure::denied());
        }
        if module.id_prefix.is_none() {
            return Err(unknown());
        }
        let statement = parser::parse(query).map_err(|mistake| match mistake {
            Mistake::Choked => Failure::internal(),
            Mistake::Syntax(message) => Failure::new("QUERY_SYNTAX_ERROR", message),
        })?;
        plan(id, module, user, &statement)
    }

    /// The rows of a plan as the answer lists them.
    pub(crate) fn rows(&self, user: &User, plan: &Plan, only: Option<&[u64]>) -> Json<'_> {
        if plan.counts {
            // This version drops the row of the count.
            return Json::List(Vec::new());
        }
        let rows = self.select(user, plan, only);
        Json::List(rows.into_iter().map(|row| self.show_row(user, plan, row)).collect())
    }

    fn show_row(&self, user: &User, plan: &Plan, row: Row) -> Json<'_> {
        let module = &self.schema.modules[plan.module];
        let shown = plan.columns.iter().map(|at| {
            let name = line_column(&module.fields[*at].name);
            (name.into(), self.read_for(user, plan.module, row, *at, Mode::Query))
        });
        Json::Object(shown.collect())
    }

    fn select(&self, user: &User, plan: &Plan, only: Option<&[u64]>) -> Vec<Row> {
        let by_id = self.ordered_by_id(plan);
        let skip = usize::try_from(plan.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(plan.limit).unwrap_or(usize::MAX);
        let matching = self.candidates(plan, by_id && plan.descending, only);
        let matching = matching
            .filter(|id| self.readable(user, plan.module, *id))
            .flat_map(|id| self.parts(plan, id))
            .filter(|row| self.matches(plan, *row));
        let page: Vec<Row> = if by_id {
            matching.skip(skip).take(take).collect()
        } else {
            self.sorted(plan, matching).into_iter().skip(skip).take(take).collect()
        };
        if plan.lines != Join::None || self.emails_in_one_row { last_of_each(&page) } else { page }
    }

    fn ordered_by_id(&self, plan: &Plan) -> bool {
        let module = &self.schema.modules[plan.module];
        let first = plan.order.first().and_then(|at| module.fields.get(*at));
        first.is_some_and(|field| field.role == Role::Id)
    }

    /// Ids in their order, cut to what the conditions on the id leave.
    fn candidates<'a>(
        &'a self,
        plan: &Plan,
        descending: bool,
        only: Option<&'a [u64]>,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        if let Some(only) = only {
            return Box::new(only.iter().copied());
        }
        let (first, last) = self.bounds(plan);
        if first > last {
            return Box::new(std::iter::empty());
        }
        let range = first..=last;
        let module = &self.schema.modules[plan.module];
        match module.name.as_str() {
            "Users" => turned(self.users.range(range), descending),
            "Groups" => turned(self.groups.range(range), descending),
            "Currency" => turned(self.currencies.range(range), descending),
            "LineItem" => turned(self.lines.all().range(range), descending),
            _ => turned(self.tables[plan.module].records().range(range), descending),
        }
    }

    fn bounds(&self, plan: &Plan) -> (u64, u64) {
        let [all_of] = plan.any_of.as_slice() else { return (0, u64::MAX) };
        let module = &self.schema.modules[plan.module];
        let on_id = all_of.iter().filter(|condition| module.fields[condition.field].role == Role::Id);
        on_id
            .filter_map(Condition::id_bounds)
            .fold((0, u64::MAX), |(first, last), (from, to)| (first.max(from), last.min(to)))
    }

    /// Whether a record is there for this user.
    pub(crate) fn readable(&self, user: &User, module: ModuleId, id: u64) -> bool {
        let held = &self.schema.modules[module];
        if !held.is_entity || held.name == "Users" {
            return true;
        }
        let record = self.tables[module].get(id);
        record.is_some_and(|record| !record.unreachable && self.sees(user, &held.name, record.owner))
    }

    fn parts(&self, plan: &Plan, id: u64) -> Vec<Row> {
        let row = |part| Row { id, part };
        if plan.lines != Join::None {
            let lines = self.lines.of(id);
            if lines.is_empty() && plan.lines == Join::Outer {
                return vec![row(Part::Line(None))];
            }
            return lines.iter().map(|line| row(Part::Line(Some(*line)))).collect();
        }
        let table = &self.tables[plan.module];
        match table.parents.get(&id) {
            Some(parents) => parents.iter().map(|parent| row(Part::Parent(Some(*parent)))).collect(),
            None => vec![row(Part::Whole)],
        }
    }

    fn matches(&self, plan: &Plan, row: Row) -> bool {
        let holds = |condition: &Condition| condition.holds(&self.raw(plan.module, row, condition.field));
        plan.any_of.is_empty() || plan.any_of.iter().any(|all_of| all_of.iter().all(holds))
    }

    /// Without an order the rows come as the database likes; so do rows that are equal in the order, and not the same
    /// way on every page.
    fn sorted(&self, plan: &Plan, rows: impl Iterator<Item = Row>) -> Vec<Row> {
        let module = &self.schema.modules[plan.module];
        let salt = if plan.order.is_empty() { 0 } else { plan.offset.wrapping_mul(31) + plan.limit };
        let keys = |row: Row| -> Vec<Key> {
            let columns = plan.order.iter();
            columns.map(|at| Key::of(&module.fields[*at], &self.raw(plan.module, row, *at))).collect()
        };
        let mut keyed: Vec<(Vec<Key>, u64, Row)> =
            rows.map(|row| (keys(row), shuffled(row.id ^ salt), row)).collect();
        keyed.sort_by(|(left, left_tie, _), (right, right_tie, _)| {
            let ordering = if plan.descending { right.cmp(left) } else { left.cmp(right) };
            ordering.then_with(|| left_tie.cmp(right_tie))
        });
        keyed.into_iter().map(|(_, _, row)| row).collect()
    }
}

fn turned<'a, T>(
    range: btree_map::Range<'a, u64, T>,
    descending: bool,
) -> Box<dyn Iterator<Item = u64> + 'a> {
    let ids = range.map(|(id, _)| *id);
    if descending { Box::new(ids.rev()) } else { Box::new(ids) }
}

/// An order that is nobody's, the same every time.
fn shuffled(id: u64) -> u64 {
    let mixed = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Of the rows of one record the last, where the first one stood.
fn last_of_each(rows: &[Row]) -> Vec<Row> {
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut kept: Vec<Row> = Vec::new();
    for row in rows {
        if let Some(place) = places.get(&row.id) {
            kept[*place] = *row;
        } else {
            places.insert(row.id, kept.len());
            kept.push(*row);
        }
    }
    kept
}

fn plan(id: ModuleId, module: &Module, user: &User, statement: &Statement) -> Outcome<Plan> {
    let columns = columns(module, user, &statement.columns)?;
    let mut any_of = Vec::new();
    for comparisons in &statement.any_of {
        let mut all_of = Vec::new();
        for comparison in comparisons {
            let denied = || {
                let message = format!("Permission to access {} attribute denied.", comparison.column);
                Failure::new("ACCESS_DENIED", message)
            };
            let at = readable(module, user, &comparison.column).ok_or_else(denied)?;
            all_of.push(Condition::new(at, &module.fields[at], comparison)?);
        }
        any_of.push(all_of);
    }
    let order = statement.order_by.iter().map(|name| readable(module, user, name));
    let order = order.collect::<Option<Vec<usize>>>().ok_or_else(Failure::database)?;
    let asks_lines = columns.iter().any(|at| {
        let field = &module.fields[*at];
        field.line || field.name.starts_with("hdnDiscount")
    });
    let lines = match (module.name == "Invoice" && asks_lines, &statement.columns) {
        (false, _) => Join::None,
        (true, Columns::All) => Join::Outer,
        (true, _) => Join::Inner,
    };
    let (offset, limit) = statement.limit.unwrap_or((0, MOST));
    Ok(Plan {
        module: id,
        columns,
        counts: statement.columns == Columns::Count,
        lines,
        any_of,
        order,
        descending: statement.descending,
        offset,
        limit: limit.min(MOST),
    })
}

fn columns(module: &Module, user: &User, columns: &Columns) -> Outcome<Vec<usize>> {
    let names = match columns {
        Columns::Count => return Ok(Vec::new()),
        Columns::All => {
            let all = module.fields_for(user).filter(|(_, field)| in_rows(field));
            // The line's discount stands where the header's is asked for.
            let twice = |field: &Field| {
                module.name == "Invoice"
                    && matches!(field.name.as_str(), "discount_percent" | "discount_amount")
            };
            return Ok(all.filter(|(_, field)| !twice(field)).map(|(at, _)| at).collect());
        }
        Columns::Named(names) => names,
    };
    let mut found: Vec<usize> = Vec::new();
    for name in names {
        let denied =
            || Failure::new("ACCESS_DENIED", format!("Permission to access '.{name}.' attribute denied."));
        let at = readable(module, user, name).ok_or_else(denied)?;
        if !found.contains(&at) {
            found.push(at);
        }
    }
    if let Some(id) = module.field_at("id").filter(|id| !found.contains(id)) {
        found.push(id);
    }
    Ok(found)
}

/// A field that this user may name in a query. A field that was switched off still answers an admin.
fn readable(module: &Module, user: &User, name: &str) -> Option<usize> {
    let at = module.field_at(name)?;
    let field = &module.fields[at];
    (in_rows(field) && module.visible(user, field)).then_some(at)
}

/// Whether a field is a column at all.
fn in_rows(field: &Field) -> bool {
    !field.extra && field.kind != Type::Password && field.name != "accesskey"
}
