//! A request on its way through the portal: path, token, limits, scopes, endpoint, headers.

use std::borrow::Cow;

use super::auth::{self, Token, Tokens};
use super::context::{Context, Outcome};
use super::failure::Failure;
use super::kind::Kind;
use super::oauth::{self, OAuthApp};
use super::options::Options;
use super::portal::Portal;
use super::route::{Area, Route};
use super::throttle::{self, Bucket, Throttle};
use super::{associations, batch, control, directory, objects, pipelines, properties, search};
use crate::http::server::App;
use crate::http::{Call, Reply};
use crate::journal::{Actor, WriteLog};

const LONGEST_TARGET: usize = 8_000;

/// The mock HubSpot behind its server.
#[derive(Debug)]
pub(crate) struct HubSpotApp {
    pub(crate) portal: Portal,
    pub(crate) options: Options,
    pub(crate) tokens: Tokens,
    pub(crate) oauth: Option<OAuthApp>,
    pub(crate) throttle: Throttle,
    pub(crate) writes: WriteLog,
    pub(crate) serial: u64,
}

fn nowhere(call: &Call) -> Failure {
    Failure::new(
        404,
        "OBJECT_NOT_FOUND",
        format!("Unable to find a resource at {} {}", call.method, call.path),
    )
}

impl HubSpotApp {
    fn correlation_id(&mut self) -> String {
        self.serial += 1;
        format!(
            "{:08x}-0000-4000-8000-{:012x}",
            self.serial.wrapping_mul(0x9e37_79b9) & 0xffff_ffff,
            self.serial
        )
    }

    pub(crate) fn context<'a>(
        &'a mut self,
        version: &'a str,
        now: i64,
        request: u64,
        actor: Actor,
    ) -> Context<'a> {
        Context {
            portal: &mut self.portal,
            options: &self.options,
            writes: &mut self.writes,
            now,
            request,
            version,
            actor,
        }
    }

    fn admit(&mut self, call: &Call, route: &Route<'_>, now: i64) -> Result<(String, Token), Reply> {
        let refuse = |failure: Failure, id: &str| failure.reply(id);
        let id = self.correlation_id();
        if !self.options.versions.iter().any(|version| version == route.version) {
            return Err(refuse(nowhere(call), &id));
        }
        let (text, token) = self.tokens.admit(call, now).map_err(|failure| refuse(failure, &id))?;
        let bucket = route.bucket(&call.method);
        if let Err(policy) = self.throttle.admit(bucket, &text, &self.portal.account, now) {
            let reply = throttle::refused(policy, &id);
            return Err(match bucket {
                Bucket::General => self.throttle.headers(reply, &text, token.oauth, now),
                _ => reply,
            });
        }
        for any_of in route.scopes(&call.method) {
            auth::scoped(&token, &any_of).map_err(|failure| auth::missing_scopes_reply(&failure, &id))?;
        }
        Ok((text, token))
    }

    pub(crate) fn revoke_authorisations(&mut self) {
        if let Some(app) = &mut self.oauth {
            app.refresh_tokens.clear();
        }
        self.tokens.0.retain(|_, token| !token.oauth);
    }

    fn oauth(&mut self, call: &Call, route: &Route<'_>, now: i64) -> Reply {
        if call.method == "GET" && call.parts() == ["oauth", "authorize"] {
            return oauth::authorize(self.oauth.as_mut(), call);
        }
        let known =
            route.version == "2026-03" || self.options.versions.iter().any(|one| one == route.version);
        if !known || call.method != "POST" || route.rest != ["token"] {
            let id = self.correlation_id();
            return nowhere(call).reply(&id);
        }
        let rotate = self.options.rotate_refresh_tokens;
        let portal_id = self.portal.account.portal_id;
        oauth::token(self.oauth.as_mut(), &mut self.tokens, call, portal_id, rotate, now)
    }

    fn dispatch(&mut self, call: &Call, route: &Route<'_>, now: i64, no: u64) -> Outcome {
        let (used, daily) = (self.throttle.used_today(), self.throttle.daily());
        let mut ctx = self.context(route.version, now, no, Actor::Api);
        let ctx = &mut ctx;
        let kind = route.kind.unwrap_or(Kind::Company);
        let rest = route.rest.as_slice();
        match (route.area, call.method.as_str(), rest) {
            (Area::Objects, _, _) => on_objects(ctx, call, kind, rest),
            (Area::Properties, _, _) => on_properties(ctx, call, kind, rest),
            (Area::Pipelines, _, _) if kind == Kind::Deal => on_pipelines(ctx, call, rest),
            (Area::Associations, _, [to, rest @ ..]) => match Kind::parse(to) {
                Some(to) => on_associations(ctx, call, kind, to, rest),
                None => Err(nowhere(call)),
            },
            (Area::Owners, "GET", []) => directory::owners(ctx, call),
            (Area::Owners, "GET", [id]) => directory::owner(ctx, call, id),
            (Area::Limits, "GET", ["custom-properties"]) => Ok(directory::custom_properties(ctx)),
            (Area::Limits, "GET", ["pipelines"]) => Ok(directory::pipelines(ctx)),
            (Area::Limits, "GET", ["records"]) => Ok(directory::records(ctx)),
            (Area::Account, "GET", ["details"]) => Ok(directory::account(ctx)),
            (Area::Account, "GET", ["api-usage", "daily", "private-apps"]) => {
                Ok(directory::daily_usage(ctx, used, daily))
            }
            _ => Err(nowhere(call)),
        }
    }
}

fn on_objects(ctx: &mut Context<'_>, call: &Call, kind: Kind, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => objects::list(ctx, call, kind),
        ("POST", []) => objects::create(ctx, call, kind),
        ("POST", ["search"]) => search::search(ctx, call, kind),
        ("POST", ["batch", "read"]) => batch::read(ctx, call, kind),
        ("POST", ["batch", "create"]) => batch::create(ctx, call, kind),
        ("POST", ["batch", "update"]) => batch::update(ctx, call, kind),
        ("POST", ["batch", "upsert"]) => batch::upsert(ctx, call, kind),
        ("POST", ["batch", "archive"]) => batch::archive(ctx, call, kind),
        ("GET", [id]) => objects::get(ctx, call, kind, id),
        ("PATCH", [id]) => objects::update(ctx, call, kind, id),
        ("DELETE", [id]) => Ok(objects::archive(ctx, kind, id)),
        ("PUT", [id, "associations", "default", to, to_id]) => {
            let to = Kind::parse(to).ok_or_else(|| nowhere(call))?;
            associations::put_default(ctx, (kind, id), (to, to_id))
        }
        (method, [id, "associations", to, rest @ ..]) => {
            let to = Kind::parse(to).ok_or_else(|| nowhere(call))?;
            match (method, rest) {
                ("GET", []) => associations::of_record(ctx, call, kind, id, to),
                ("PUT", [to_id]) => associations::put(ctx, call, (kind, id), (to, to_id)),
                ("DELETE", [to_id]) => associations::delete(ctx, (kind, id), (to, to_id)),
                _ => Err(nowhere(call)),
            }
        }
        _ => Err(nowhere(call)),
    }
}

fn on_properties(ctx: &mut Context<'_>, call: &Call, kind: Kind, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok(properties::list(ctx, call, kind)),
        ("POST", []) => properties::create(ctx, call, kind),
        ("POST", ["batch", "create"]) => properties::batch_create(ctx, call, kind),
        ("GET", ["groups"]) => Ok(properties::list_groups(ctx, kind)),
        ("POST", ["groups"]) => properties::create_group(ctx, call, kind),
        ("GET", ["groups", name]) => properties::get_group(ctx, kind, name),
        ("GET", [name]) => properties::get(ctx, call, kind, name),
        ("PATCH", [name]) => properties::update(ctx, call, kind, name),
        ("DELETE", [name]) => properties::archive(ctx, kind, name),
        _ => Err(nowhere(call)),
    }
}

fn on_pipelines(ctx: &mut Context<'_>, call: &Call, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok(pipelines::list(ctx)),
        ("POST", []) => pipelines::create(ctx, call),
        ("GET", [id]) => pipelines::get(ctx, id),
        ("PATCH", [id]) => pipelines::update(ctx, call, id),
        ("GET", [id, "stages"]) => pipelines::stages(ctx, id),
        ("POST", [id, "stages"]) => pipelines::create_stage(ctx, call, id),
        ("PATCH", [id, "stages", stage]) => pipelines::update_stage(ctx, call, id, stage),
        _ => Err(nowhere(call)),
    }
}

fn on_associations(ctx: &mut Context<'_>, call: &Call, from: Kind, to: Kind, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", ["labels"]) => Ok(associations::labels(from, to)),
        ("POST", ["batch", "read"]) => associations::batch_read(ctx, call, from, to),
        ("POST", ["batch", "create"]) => associations::batch_create(ctx, call, from, to, false),
        ("POST", ["batch", "associate", "default"]) => associations::batch_create(ctx, call, from, to, true),
        ("POST", ["batch", "archive"]) => associations::batch_archive(ctx, call, from, to),
        _ => Err(nowhere(call)),
    }
}

impl App for HubSpotApp {
    fn kind(&self, call: &Call) -> Cow<'static, str> {
        Cow::Borrowed(Route::of(call).map_or("other", |route| route.name(&call.method)))
    }

    fn bucket(&self, kind: &str) -> &'static str {
        match kind {
            "search" => "search",
            "associations_read" | "associations_write" => "associations",
            "oauth" | "consent" => "oauth",
            _ => "general",
        }
    }

    fn handle(&mut self, call: &Call, now: i64, no: u64) -> Reply {
        if call.target.len() > LONGEST_TARGET {
            return Reply::raw(414, "text/html", "<html><body><h1>414 URI Too Long</h1></body></html>");
        }
        let Some(route) = Route::of(call) else {
            let id = self.correlation_id();
            return nowhere(call).reply(&id);
        };
        if route.area == Area::OAuth {
            return self.oauth(call, &route, now);
        }
        let (text, token) = match self.admit(call, &route, now) {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        let reply = match self.dispatch(call, &route, now, no) {
            Ok(reply) => reply,
            Err(failure) => {
                let id = self.correlation_id();
                failure.reply(&id)
            }
        };
        match route.bucket(&call.method) {
            Bucket::General => self.throttle.headers(reply, &text, token.oauth, now),
            _ => reply,
        }
    }

    fn failure(&mut self, status: u16, _now: i64) -> Reply {
        let id = self.correlation_id();
        match status {
            429 => throttle::refused("TEN_SECONDLY_ROLLING", &id),
            401 => Failure::new(401, "EXPIRED_AUTHENTICATION", "The OAuth token used expired").reply(&id),
            423 => Failure::new(423, "LOCKED", "The resource is locked by another write").reply(&id),
            477 => Failure::new(477, "MIGRATION_IN_PROGRESS", "This account is being migrated").reply(&id),
            502..=504 => {
                Reply::raw(status, "text/html", format!("<html><body>{status} upstream</body></html>"))
            }
            _ => Failure::new(status, "INTERNAL_ERROR", "internal error").reply(&id),
        }
    }

    fn expire_token(&mut self, call: &Call) {
        if let Some(text) = call.bearer() {
            self.tokens.expire(text, i64::MIN);
        }
    }

    fn control(&mut self, call: &Call, now: i64) -> Option<Reply> {
        control::answer(self, call, now)
    }

    fn writes(&mut self) -> &mut WriteLog {
        &mut self.writes
    }
}
