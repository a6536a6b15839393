//! The sum of whole numbers, in as many bits as it needs: that it does not fit its type is said at the end, where it is known.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Decimal128Array, PrimitiveArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Int64Type, UInt64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion::physical_expr::NullState;

use crate::error::Error;

/// What a part of a sum is handed on as.
pub const STATE: DataType = DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0);

/// The sum as a value of its type.
pub fn fitted(sum: i128, kind: &DataType) -> Result<ScalarValue> {
    match kind {
        DataType::UInt64 => Ok(ScalarValue::UInt64(Some(narrow(sum)?))),
        _ => Ok(ScalarValue::Int64(Some(narrow(sum)?))),
    }
}

fn narrow<N: TryFrom<i128>>(sum: i128) -> Result<N> {
    N::try_from(sum).map_err(|_| {
        Error::query(format!("the sum {sum} is too large for a whole number"))
            .hint("sum it as `sum(CAST(x AS DOUBLE))`, or exactly as `sum(CAST(x AS DECIMAL(38, 0)))`")
            .into()
    })
}

#[derive(Debug)]
pub struct Sum {
    sum: i128,
    n: usize,
    kind: DataType,
}

impl Sum {
    pub fn new(kind: &DataType) -> Self {
        Self { sum: 0, n: 0, kind: kind.clone() }
    }

    fn total(&self, values: &ArrayRef) -> i128 {
        match self.kind {
            DataType::UInt64 => values.as_primitive::<UInt64Type>().iter().flatten().map(i128::from).sum(),
            _ => total(values.as_primitive::<Int64Type>()),
        }
    }
}

/// In halves of 32 bits, which a processor adds many at a time.
fn total(values: &PrimitiveArray<Int64Type>) -> i128 {
    if values.null_count() > 0 {
        return values.iter().flatten().map(i128::from).sum();
    }
    let of_chunk = |chunk: &[i64]| {
        let (mut high, mut low) = (0i64, 0i64);
        for value in chunk {
            high += value >> 32;
            low += value & 0xffff_ffff;
        }
        (i128::from(high) << 32) + i128::from(low)
    };
    values.values().chunks(1 << 20).map(of_chunk).sum()
}

impl Accumulator for Sum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.sum += self.total(&values[0]);
        self.n += values[0].len() - values[0].null_count();
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.sum -= self.total(&values[0]);
        self.n -= values[0].len() - values[0].null_count();
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        match self.n {
            0 => ScalarValue::try_from(&self.kind),
            _ => fitted(self.sum, &self.kind),
        }
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Decimal128((self.n > 0).then_some(self.sum), DECIMAL128_MAX_PRECISION, 0)])
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for sum in states[0].as_primitive::<Decimal128Type>().iter().flatten() {
            self.sum += sum;
            self.n += 1;
        }
        Ok(())
    }
    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sums of many groups.
#[derive(Debug)]
pub struct GroupSums {
    sums: Vec<i128>,
    nulls: NullState,
    kind: DataType,
}

impl GroupSums {
    pub fn new(kind: &DataType) -> Self {
        Self { sums: Vec::new(), nulls: NullState::new(), kind: kind.clone() }
    }

    fn add<T: ArrowPrimitiveType + Send>(&mut self, values: &ArrayRef, groups: &[usize], filter: Option<&BooleanArray>, n_groups: usize)
    where
        i128: From<T::Native>,
    {
        self.sums.resize(n_groups, 0);
        let sums = &mut self.sums;
        let add = |group: usize, value: T::Native| sums[group] += i128::from(value);
        self.nulls.accumulate(groups, values.as_primitive::<T>(), filter, n_groups, add);
    }
}

fn state_of(sums: Vec<i128>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    Ok(Arc::new(Decimal128Array::new(sums.into(), nulls).with_precision_and_scale(DECIMAL128_MAX_PRECISION, 0)?))
}

fn fitted_array<T: ArrowPrimitiveType>(sums: Vec<i128>, nulls: Option<NullBuffer>) -> Result<ArrayRef>
where
    T::Native: TryFrom<i128>,
{
    let values = sums.into_iter().map(narrow::<T::Native>).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(PrimitiveArray::<T>::new(values.into(), nulls)))
}

impl GroupsAccumulator for GroupSums {
    fn update_batch(&mut self, values: &[ArrayRef], groups: &[usize], filter: Option<&BooleanArray>, n_groups: usize) -> Result<()> {
        match self.kind {
            DataType::UInt64 => self.add::<UInt64Type>(&values[0], groups, filter, n_groups),
            _ => self.add::<Int64Type>(&values[0], groups, filter, n_groups),
        }
        Ok(())
    }
    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (sums, nulls) = (emit_to.take_needed(&mut self.sums), self.nulls.build(emit_to));
        match self.kind {
            DataType::UInt64 => fitted_array::<UInt64Type>(sums, nulls),
            _ => fitted_array::<Int64Type>(sums, nulls),
        }
    }
    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (sums, nulls) = (emit_to.take_needed(&mut self.sums), self.nulls.build(emit_to));
        Ok(vec![state_of(sums, nulls)?])
    }
    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], n_groups: usize) -> Result<()> {
        self.add::<Decimal128Type>(&values[0], groups, None, n_groups);
        Ok(())
    }
    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let sums = match self.kind {
            DataType::UInt64 => values[0].as_primitive::<UInt64Type>().values().iter().map(|value| i128::from(*value)).collect(),
            _ => values[0].as_primitive::<Int64Type>().values().iter().map(|value| i128::from(*value)).collect(),
        };
        let passes = filter.map(|filter| filter.iter().map(|passes| passes == Some(true)).collect::<NullBuffer>());
        Ok(vec![state_of(sums, NullBuffer::union(values[0].nulls(), passes.as_ref()))?])
    }
    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<i128>() + self.nulls.size()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Int64Array;

    use super::*;

    #[test]
    fn a_total_is_what_its_values_add_up_to() {
        for values in [vec![i64::MIN, i64::MIN, -1], vec![i64::MAX, i64::MAX, 1], vec![-1, 1, 0], vec![]] {
            let expected: i128 = values.iter().map(|value| i128::from(*value)).sum();
            assert_eq!(total(&Int64Array::from(values)), expected);
        }
    }
}
