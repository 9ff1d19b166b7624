//! Terraform source without a plan.
mod convert;
mod eval;
mod files;
mod functions;
mod hcl;
mod json;
mod module;
mod project;
mod provider;
mod resources;
mod scope;
mod syntax;
mod value;
