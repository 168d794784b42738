// Facts about what others claim.
#include "benchmarks/leaderboard_builder.h"
#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {

std::string read_board_name(const Place& at, std::string_view field, capnp::Text::Reader from) {
  std::string name = at.text(field, from, limits::name_bytes_max);
  if (!is_board_name(name)) at.refuse(field, "\"" + name + "\" is no name on a board");
  return name;
}

void write(const ClaimsImported& from, wire::ClaimsImported::Builder to) {
  to.setBoard(as_text(from.board));
  to.setRelease(as_text(from.release));
  to.setVersion(from.version);
  to.setSeen(as_text(from.seen));
  to.setFormat(as_enumerant<wire::ClaimsImported::Format>(from.format));
  to.setSource(as_text(from.source));
  to.setFile(as_data(from.file));
  to.setCategoriesSource(as_text(from.categories_source));
  to.setCategories(as_data(from.categories));
  to.setModels(from.models);
  to.setTasks(from.tasks);
  to.setAdded(from.added);
  to.setRemoved(from.removed);
  to.setRestated(from.restated);
  auto names = to.initFirstSeen(count_of(from.first_seen));
  for (unsigned i = 0; i < names.size(); ++i) names.set(i, as_text(from.first_seen[i]));
  to.setReason(as_text(from.reason));
  to.setPrincipal(as_text(from.principal));
}

ClaimsImported read(const Place& at, wire::ClaimsImported::Reader from) {
  ClaimsImported to;
  to.board = at.name("board", from.getBoard());
  const capnp::Text::Reader release = from.getRelease();
  if (release.size() > 0) to.release = read_date(at, "release", release);
  to.version = from.getVersion();
  to.seen = read_date(at, "seen", from.getSeen());
  to.format = at.enumerator<BoardFormat>("format", from.getFormat(), 3);
  to.source = at.text("source", from.getSource(), limits::text_bytes_max);
  to.file = at.digest("file", from.getFile());
  to.categories_source =
      at.text("categoriesSource", from.getCategoriesSource(), limits::text_bytes_max);
  to.categories = at.digest("categories", from.getCategories());
  to.models = at.number("models", from.getModels(), 0, limits::board_rows_max);
  to.tasks = at.number("tasks", from.getTasks(), 0, limits::board_tasks_max);
  to.added = from.getAdded();
  to.removed = from.getRemoved();
  to.restated = from.getRestated();
  to.first_seen = at.list<std::string>("firstSeen", from.getFirstSeen(), limits::board_rows_max,
                                       [](const Place& entry, capnp::Text::Reader name) {
                                         return read_board_name(entry, "name", name);
                                       });
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

}  // namespace gwageo::frame
