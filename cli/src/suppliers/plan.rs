//! What must be done to get from the suppliers there are to those that are wanted.

use std::{collections::BTreeMap, fmt};

use domain::{Supplier, SupplierId, SupplierSettings};

use super::admin_api::AdminApi;

/// One supplier's part.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// There is none of this id.
    Add {
        id: SupplierId,
        settings: Box<SupplierSettings>,
    },
    /// It has other settings.
    Change {
        id: SupplierId,
        settings: Box<SupplierSettings>,
    },
    /// It is as wanted.
    Keep { id: SupplierId },
    /// It is not wanted: its schedule is paused.
    Pause {
        id: SupplierId,
        settings: Box<SupplierSettings>,
    },
    /// It is not wanted, and is left as it is.
    Leave { id: SupplierId },
}

/// The steps, by id. Suppliers that are not wanted are left as they are, or paused with `prune`.
pub(super) fn steps(wanted: &BTreeMap<SupplierId, SupplierSettings>, existing: &[Supplier], prune: bool) -> Vec<Step> {
    let existing: BTreeMap<_, _> = existing
        .iter()
        .map(|supplier| (&supplier.supplier_id, &supplier.settings))
        .collect();
    let wanted_steps = wanted.iter().map(|(id, settings)| {
        let (id, boxed) = (id.clone(), Box::new(settings.clone()));
        match existing.get(&id) {
            None => Step::Add { id, settings: boxed },
            Some(now) if *now == settings => Step::Keep { id },
            Some(_) => Step::Change { id, settings: boxed },
        }
    });
    let unwanted = existing.iter().filter(|(id, _)| !wanted.contains_key(**id));
    let unwanted_steps = unwanted.map(|(id, settings)| {
        let id = (*id).clone();
        match prune && settings.schedule.is_some() && !settings.paused {
            true => Step::Pause {
                id,
                settings: Box::new(SupplierSettings {
                    paused: true,
                    ..(*settings).clone()
                }),
            },
            false => Step::Leave { id },
        }
    });
    wanted_steps.chain(unwanted_steps).collect()
}

impl Step {
    /// Does it.
    ///
    /// # Errors
    /// The API refuses, or cannot be reached.
    pub(super) fn take(&self, api: &AdminApi) -> anyhow::Result<()> {
        match self {
            Self::Add { id, settings } => api.add(id, settings),
            Self::Change { id, settings } | Self::Pause { id, settings } => api.change(id, settings),
            Self::Keep { .. } | Self::Leave { .. } => Ok(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, id) = match self {
            Self::Add { id, .. } => ("add", id),
            Self::Change { id, .. } => ("change", id),
            Self::Keep { id } => ("unchanged", id),
            Self::Pause { id, .. } => ("pause (not in the file)", id),
            Self::Leave { id } => ("left as it is (not in the file)", id),
        };
        write!(f, "{id}: {what}")
    }
}

#[cfg(test)]
mod tests {
    use domain::{Schedule, Source};
    use jiff::Timestamp;

    use super::*;

    fn settings(name: &str) -> SupplierSettings {
        SupplierSettings {
            schedule: Some(Schedule::Every { minutes: 60 }),
            ..SupplierSettings::new(
                name,
                Source::Http {
                    url: "https://acme.example/list.csv".into(),
                    credential: None,
                },
            )
        }
    }

    #[test]
    fn each_supplier_has_one_step_and_the_second_import_none() {
        let id = |text: &str| text.parse::<SupplierId>().unwrap();
        let existing: Vec<_> = ["b", "c", "d"]
            .map(|name| Supplier::new(id(name), settings(name), Timestamp::UNIX_EPOCH))
            .into();
        let wanted = BTreeMap::from([
            (id("a"), settings("a")),
            (id("b"), settings("b")),
            (id("c"), settings("C Ltd")),
        ]);
        let said = |steps: &[Step]| steps.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            said(&steps(&wanted, &existing, true)),
            ["a: add", "b: unchanged", "c: change", "d: pause (not in the file)"]
        );
        assert_eq!(
            said(&steps(&wanted, &existing, false))[3],
            "d: left as it is (not in the file)"
        );
        let mut after: Vec<_> = wanted
            .iter()
            .map(|(id, settings)| Supplier::new(id.clone(), settings.clone(), Timestamp::UNIX_EPOCH))
            .collect();
        let mut paused = settings("d");
        paused.paused = true;
        after.push(Supplier::new(id("d"), paused, Timestamp::UNIX_EPOCH));
        let again = steps(&wanted, &after, true);
        assert!(
            again
                .iter()
                .all(|step| matches!(step, Step::Keep { .. } | Step::Leave { .. })),
            "{again:?}"
        );
    }
}
