//! The sorted rows of several files of one partition as one sorted stream, a batch of each file in memory at a time.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, UnboundedMemoryPool};
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::expressions::col;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::sorts::streaming_merge::StreamingMergeBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use super::parquet::file_order;
use super::{Lake, LakeFile, rows};
use crate::error::{Error, Result};
use crate::tables::Table;

const BATCH_ROWS: usize = 32 * 1024;

/// Merges files of one partition by the table's order; `schema` holds at least the columns that order a file.
pub(super) async fn merge(lake: &Lake, table: &'static Table, files: &[LakeFile], schema: SchemaRef) -> Result<SendableRecordBatchStream> {
    let mut streams: Vec<SendableRecordBatchStream> = Vec::with_capacity(files.len());
    for file in files {
        let rows = rows::stream(lake, table, file, schema.clone(), None).await?.map_err(Into::into);
        streams.push(Box::pin(RecordBatchStreamAdapter::new(schema.clone(), rows)));
    }
    if streams.len() == 1 {
        return Ok(streams.remove(0));
    }
    let by = file_order(table).map(|name| Ok(PhysicalSortExpr::new_default(col(name, &schema)?))).collect::<Result<Vec<_>>>()?;
    let by = LexOrdering::new(by).ok_or_else(|| Error::internal(format!("`{}` has no order", table.name)))?;
    let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
    let merged = StreamingMergeBuilder::new()
        .with_streams(streams)
        .with_schema(schema)
        .with_expressions(&by)
        .with_metrics(BaselineMetrics::new(&ExecutionPlanMetricsSet::new(), 0))
        .with_batch_size(BATCH_ROWS)
        .with_reservation(MemoryConsumer::new("merge of lake files").register(&pool))
        .build()?;
    Ok(merged)
}

/// Files by partition, in the partitions' order.
pub(super) fn by_partition(files: &[LakeFile]) -> Vec<Vec<LakeFile>> {
    let mut all: std::collections::BTreeMap<Vec<(&'static str, String)>, Vec<LakeFile>> = std::collections::BTreeMap::new();
    for file in files {
        all.entry(file.partition.clone()).or_default().push(file.clone());
    }
    all.into_values().collect()
}
