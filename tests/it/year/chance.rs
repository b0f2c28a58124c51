//! What happens to everybody else: by chance, the same every time.

use sirank::domain::wake_up::StageRole::{Appointment, Contacted, NotInterested, ToContact};

use super::acts::Act;
use super::cast::ORDINARY;
use super::vendor::YearVendor;
use super::world::World;

/// Something happens to an ordinary customer on one of so many days.
const RARELY: u8 = 18;

pub(super) struct Chance(fastrand::Rng);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(super) fn happens<V: YearVendor>(&mut self, world: &mut World<V>) {
        for name in ORDINARY {
            // Drawn whatever happens, so that one customer's luck is not another's.
            let (happens, what) = (self.0.u8(0..RARELY) == 0, self.0.u8(0..10));
            let stage = *self.0.choice(&[Contacted, Appointment, NotInterested, ToContact]).unwrap();
            if !happens {
                continue;
            }
            let excluded = world.cast.of(name).excluded;
            let has_open = world.card_of(name).is_some_and(|card| card.is_open());
            match what {
                0..=2 => world.does(name, Act::Buys),
                3 | 4 => world.does(name, Act::IsCalled),
                5 => world.does(name, Act::OpensDeal("sales")),
                6 => world.does(name, Act::IsExcluded(!excluded)),
                _ if has_open => world.does(name, Act::CardGoesTo(stage)),
                _ => {}
            }
        }
    }
}
