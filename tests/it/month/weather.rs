//! What goes wrong meanwhile: servers and networks now and then, and an integration that eats the account's day.

use sirank_mocks::faults::{Action, Effect, Fault};

use super::world::{DAILY, World};

/// One fault for one of the next calls, at one of the two systems.
pub(super) fn fault(world: &World, random: &mut fastrand::Rng) {
    let status = |status, retry_after| Action::Status { status, retry_after, body: None };
    let actions = [
        status(429, Some(2)),
        status(429, None),
        status(500, None),
        status(502, None),
        status(503, Some(30)),
        status(504, None),
        Action::HtmlPage { status: 502 },
        Action::HtmlPage { status: 200 },
        Action::EmptyBody,
        Action::Reset,
        Action::CutBody { keep: 20 },
        Action::MalformedJson,
        Action::Slow { ms: 20_000 },
    ];
    let action = random.choice(actions).unwrap();
    let effect = random.choice([Effect::Before, Effect::After]).unwrap();
    // What is refused for a limit is refused.
    let effect = if matches!(action, Action::Status { status: 429, .. }) { Effect::Before } else { effect };
    let fault = Fault { effect, times: random.u32(1..4), ..Fault::new(action).skip(random.u32(0..6)) };
    match random.u8(0..4) {
        0 => world.books.faults(|faults| faults.add(fault)),
        // The call that matters most.
        1 => world.hub.faults(|faults| faults.add(fault.kind("batch_update").skip(0))),
        _ => world.hub.faults(|faults| faults.add(fault)),
    }
}

/// The sky clears.
pub(super) fn clears(world: &World) {
    world.hub.faults(sirank_mocks::faults::Faults::clear);
    world.books.faults(sirank_mocks::faults::Faults::clear);
}

/// The days, counted from the first, on which another integration eats the account's day.
pub(super) fn is_noisy(day: u64) -> bool {
    day % 5 == 3
}

/// Another integration leaves nothing, or less than the reserve that is left to all others.
pub(super) fn neighbour_eats(world: &World, random: &mut fastrand::Rng) {
    world.hub.others_call(DAILY - random.u64(0..DAILY / 12));
}
