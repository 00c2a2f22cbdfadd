//! The best joint assignment of roles to columns (Kuhn–Munkres with potentials, O(n²m)).

/// For each row of `benefits` the column it is given, or none where every choice is a loss. The sum of benefits is the
/// largest possible; no column is given twice.
pub(super) fn best(benefits: &[Vec<f64>]) -> Vec<Option<usize>> {
    let rows = benefits.len();
    let real = benefits.first().map_or(0, Vec::len);
    // One further column of no benefit for each row, so that a row may stay without.
    let columns = real + rows;
    let cost = |row: usize, column: usize| {
        if column < real {
            -benefits
                .get(row)
                .and_then(|row| row.get(column))
                .copied()
                .unwrap_or(f64::MIN / 4.0)
        } else {
            0.0
        }
    };
    let (mut row_potential, mut column_potential) = (vec![0.0; rows + 1], vec![0.0; columns + 1]);
    // Of each column from 1, the row from 1 that has it; 0 is nobody.
    let mut owner = vec![0usize; columns + 1];
    for row in 1..=rows {
        let mut from = vec![0usize; columns + 1];
        let mut least = vec![f64::INFINITY; columns + 1];
        let mut visited = vec![false; columns + 1];
        if let Some(first) = owner.first_mut() {
            *first = row;
        }
        let mut at = 0;
        loop {
            set(&mut visited, at, true);
            let current = get(&owner, at);
            let (mut delta, mut next) = (f64::INFINITY, 0);
            for column in 1..=columns {
                if get(&visited, column) {
                    continue;
                }
                let reduced =
                    cost(current - 1, column - 1) - get(&row_potential, current) - get(&column_potential, column);
                if reduced < get(&least, column) {
                    set(&mut least, column, reduced);
                    set(&mut from, column, at);
                }
                if get(&least, column) < delta {
                    delta = get(&least, column);
                    next = column;
                }
            }
            for column in 0..=columns {
                if get(&visited, column) {
                    let owner = get(&owner, column);
                    let raised = get(&row_potential, owner) + delta;
                    set(&mut row_potential, owner, raised);
                    let lowered = get(&column_potential, column) - delta;
                    set(&mut column_potential, column, lowered);
                } else {
                    let lowered = get(&least, column) - delta;
                    set(&mut least, column, lowered);
                }
            }
            at = next;
            if get(&owner, at) == 0 || at == 0 {
                break;
            }
        }
        while at != 0 {
            let before = get(&from, at);
            let moved = get(&owner, before);
            set(&mut owner, at, moved);
            at = before;
        }
    }
    let mut chosen = vec![None; rows];
    for column in 1..=real {
        let row = get(&owner, column);
        let gains = row > 0 && cost(row - 1, column - 1) < 0.0;
        if gains {
            set(&mut chosen, row - 1, Some(column - 1));
        }
    }
    chosen
}

fn get<T: Copy + Default>(values: &[T], at: usize) -> T {
    values.get(at).copied().unwrap_or_default()
}

fn set<T>(values: &mut [T], at: usize, value: T) {
    if let Some(slot) = values.get_mut(at) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_what_counts() {
        // Greedy would give column 0 to row 0 and leave row 1 with little.
        assert_eq!(best(&[vec![3.0, 2.9], vec![2.5, 0.1]]), vec![Some(1), Some(0)]);
        assert_eq!(best(&[vec![-1.0, -2.0]]), vec![None]);
        assert_eq!(best(&[vec![], vec![]]), vec![None, None]);
    }

    proptest::proptest! {
        #[test]
        fn no_other_assignment_is_better(benefits in proptest::collection::vec(proptest::collection::vec(-5.0..5.0f64, 3), 3)) {
            let sum = |chosen: &[Option<usize>]| chosen.iter().enumerate().map(|(row, column)| column.map_or(0.0, |column| benefits[row][column])).sum::<f64>();
            let found = sum(&best(&benefits));
            let options = [None, Some(0), Some(1), Some(2)];
            for a in options { for b in options { for c in options {
                let distinct = (a.is_none() || (a != b && a != c)) && (b.is_none() || b != c);
                if distinct {
                    proptest::prop_assert!(sum(&[a, b, c]) <= found + 1e-9);
                }
            }}}
        }
    }
}
