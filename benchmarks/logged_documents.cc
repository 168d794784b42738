#include "benchmarks/logged_documents.h"

#include <utility>

#include "benchmarks/python_text.h"

namespace gwageo {

Result<LoggedDocuments> LoggedDocuments::open(const Task& task, const SourceFiles& files) {
  LoggedDocuments out(task);
  GWAGEO_ASSIGN(table, Table::open(files, task.data_files.at(task.test_split), task.data_format));
  out.table_ = std::make_unique<Table>(std::move(table));
  out.reader_ = std::make_unique<RowReader>(files, *out.table_);
  return out;
}

Result<std::optional<LoggedDocument>> LoggedDocuments::next() {
  GWAGEO_ASSIGN(row, reader_->next());
  if (!row) return std::nullopt;
  auto document = read(*row);
  if (!document) {
    return fail(
        std::string(row->path) + ":" + std::to_string(row->line) + ": task '" + task_->name + "'",
        std::move(document).error());
  }
  return std::optional<LoggedDocument>(std::move(*document));
}

Result<LoggedDocument> LoggedDocuments::read(const Row& row) {
  LoggedDocument out;
  GWAGEO_ASSIGN(id, item_id(row, task_->item_id));
  out.item = std::move(id);
  out.number = static_cast<std::int64_t>(row.number);
  if (task_->is_imported) {
    // No column of another row is one of this row.
    GWAGEO_ASSIGN(own, Json::parse_python(row.bytes));
    const Json* const doc = own.find("doc");
    const Json* const target = own.find("target");
    if (doc != nullptr) out.doc = *doc;
    if (target != nullptr) out.target = python_text(*target);
    return out;
  }
  if (!document_) {
    GWAGEO_ASSIGN(compiled, Document::compile(*task_, table_->columns(), row.fields));
    document_ = std::move(compiled);
  }
  GWAGEO_ASSIGN(target, document_->question().target(row.fields));
  out.target = python_text(target);
  out.doc = row.fields;
  return out;
}

}  // namespace gwageo
