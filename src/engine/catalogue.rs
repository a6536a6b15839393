//! The names that SQL can say: lake tables with their faces, view families, session tables and views, `meta.*`, and files where they lie.
//!
//! A catalogue is made for one statement. Views are kept as parsed and planned anew each time, so that no plan outlives its clock; naming a
//! table opens nothing, the scan does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use datafusion::logical_expr::TableType;
use datafusion::sql::parser::Statement;

use super::Core;
use super::context::StatementContext;
use super::face::Face;
use super::scan::KnownTable;
use super::views::{self, Definition};
use super::{breadth, fault, meta, outside, parse};
use crate::error::Error;
use crate::tables;

pub const CATALOG: &str = "contango";
pub const SCHEMA: &str = "main";
pub const META: &str = "meta";
/// Views over views over views: deeper than this is a view that names itself.
const MAX_DEPTH: usize = 16;

/// Where names are looked up: a statement, or the text of a view inside it.
#[derive(Clone)]
pub struct Scope {
    pub core: Arc<Core>,
    pub context: Arc<StatementContext>,
    pub depth: usize,
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scope(depth {})", self.depth)
    }
}

impl Scope {
    /// Plans a view of our own in this scope, one level down.
    async fn view(&self, text: &str) -> Result<Arc<dyn TableProvider>> {
        self.view_of(parse::statement(text)?.ok_or_else(|| Error::internal("a view without a text"))?).await
    }

    /// Plans the query of a view in this scope, one level down.
    async fn view_of(&self, query: Statement) -> Result<Arc<dyn TableProvider>> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::query(format!("views nest deeper than {MAX_DEPTH} levels")).hint("does a view name itself?").into());
        }
        if self.context.views.fetch_add(1, Ordering::Relaxed) >= breadth::MOST_VIEWS {
            return Err(breadth::too_broad().into());
        }
        let inner = Self { depth: self.depth + 1, ..self.clone() };
        let text = query.to_string();
        // a place in the view's text is none in the statement
        let plan = inner.core.clone().plan_view(query, inner).await.map_err(|error| fault::explain(error).without_place())?;
        Ok(Arc::new(ViewTable::new(plan, Some(text))))
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let (base, face) = Face::of_name(name);
        if let Some(table) = tables::find(base) {
            return Ok(Some(Arc::new(KnownTable::new(table, face).part(self.depth > 0))));
        }
        if let Some((family, face)) = views::find(name) {
            let text = match (&family.definition, face) {
                (Definition::Rows(text), _) => views::with_face(text, face)?,
                (Definition::Composed { latest, .. }, Face::Latest) => (*latest).to_string(),
                (Definition::Composed { vintages, .. }, Face::Vintages) => (*vintages).to_string(),
                (Definition::Composed { vintages, figure, .. }, Face::Readings) => views::readings_of(&family.key(), vintages, figure),
                (Definition::Now(text), _) => (*text).to_string(),
                (Definition::Provided { table, .. }, face) => return Ok(Some(Arc::new(table(face)))),
            };
            return self.view(&text).await.map(Some);
        }
        if let Some(table) = self.core.session_table(name) {
            return Ok(Some(table));
        }
        if let Some(query) = self.core.view(name) {
            return self.view_of(query).await.map(Some);
        }
        outside::open(name, self).await
    }

    fn names(&self) -> Vec<String> {
        let own: BTreeSet<String> = views::lake_names().chain(self.core.session_names()).collect();
        own.into_iter().collect()
    }
}

#[derive(Debug)]
pub struct Catalogue(pub Scope);

impl CatalogProviderList for Catalogue {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }
    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_string()]
    }
    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == CATALOG).then(|| Arc::new(Schemas(self.0.clone())) as Arc<dyn CatalogProvider>)
    }
}

#[derive(Debug)]
struct Schemas(Scope);

impl CatalogProvider for Schemas {
    fn schema_names(&self) -> Vec<String> {
        vec![SCHEMA.to_string(), META.to_string()]
    }
    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        match name {
            SCHEMA => Some(Arc::new(Main(self.0.clone()))),
            META => Some(Arc::new(Meta(self.0.clone()))),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Main(Scope);

#[async_trait]
impl SchemaProvider for Main {
    fn table_names(&self) -> Vec<String> {
        self.0.names()
    }
    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        self.0.table(name).await
    }
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        let (base, _) = Face::of_name(name);
        if tables::find(base).is_some() {
            return Ok(Some(TableType::Base));
        }
        if views::find(name).is_some() || self.0.core.view(name).is_some() {
            return Ok(Some(TableType::View));
        }
        Ok(self.0.core.session_table(name).map(|table| table.table_type()))
    }
    fn table_exist(&self, name: &str) -> bool {
        self.0.names().iter().any(|known| known == name)
    }
}

#[derive(Debug)]
struct Meta(Scope);

#[async_trait]
impl SchemaProvider for Meta {
    fn table_names(&self) -> Vec<String> {
        meta::names().map(|(name, _)| name.to_string()).collect()
    }
    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(table) = meta::find(name) else {
            return meta::find_stored(name).map(|table| meta::stored(table, &self.0.core)).transpose();
        };
        match table.content {
            meta::Content::View(text) => self.0.view(text).await.map(Some),
            meta::Content::Composed(table) => Ok(Some(Arc::new(table()))),
            meta::Content::Columns => {
                let mut families = Vec::new();
                for family in views::FAMILIES {
                    families.extend(self.0.table(family.name).await?.map(|shown| (family, shown.schema())));
                }
                Ok(Some(meta::columns(&families)?))
            }
            meta::Content::Rows { schema, rows } => Ok(Some(Arc::new(super::computed::Computed::new(schema(), rows)))),
        }
    }
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }
    fn table_exist(&self, name: &str) -> bool {
        meta::find(name).is_some() || meta::find_stored(name).is_some()
    }
}
