// Facts about what exists: the log itself, principals, days, suites, models and targets.
#include "benchmarks/date.h"
#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {

std::string read_date(const Place& at, std::string_view field, capnp::Text::Reader from) {
  std::string date = at.text(field, from, limits::name_bytes_max);
  if (!parse_date(date)) at.refuse(field, "no date YYYY-MM-DD");
  return date;
}

std::string read_date_or_none(const Place& at, std::string_view field, capnp::Text::Reader from) {
  return from.size() == 0 ? std::string() : read_date(at, field, from);
}

void write(const Founded& from, wire::Founded::Builder to) {
  to.setOrigin(as_text(from.origin));
  to.setZone(as_text(from.zone));
}

Founded read(const Place& at, wire::Founded::Reader from) {
  Founded to;
  to.origin = at.text("origin", from.getOrigin(), limits::name_bytes_max);
  to.zone = at.text("zone", from.getZone(), limits::name_bytes_max);
  return to;
}

void write(const CoordinatorStarted& from, wire::CoordinatorStarted::Builder to) {
  to.setVersion(as_text(from.version));
}

CoordinatorStarted read(const Place& at, wire::CoordinatorStarted::Reader from) {
  return CoordinatorStarted{at.text("version", from.getVersion(), limits::name_bytes_max)};
}

void write(const PrincipalRegistered& from, wire::PrincipalRegistered::Builder to) {
  to.setName(as_text(from.name));
  to.setRole(as_enumerant<wire::PrincipalRegistered::Role>(from.role));
  to.setTeam(as_text(from.team));
  to.setCurveKey(as_data(from.curve_key));
  to.setSignKey(as_data(from.sign_key));
}

PrincipalRegistered read(const Place& at, wire::PrincipalRegistered::Reader from) {
  PrincipalRegistered to;
  to.name = at.name("name", from.getName());
  to.role = at.enumerator<Role>("role", from.getRole(), 4);
  to.team = at.name_or_none("team", from.getTeam());
  to.curve_key = at.digest("curveKey", from.getCurveKey());
  to.sign_key = at.digest("signKey", from.getSignKey());
  return to;
}

void write(const PrincipalRotated& from, wire::PrincipalRotated::Builder to) {
  to.setName(as_text(from.name));
  to.setCurveKey(as_data(from.curve_key));
  to.setSignKey(as_data(from.sign_key));
  to.setReason(as_text(from.reason));
  to.setPrincipal(as_text(from.principal));
}

PrincipalRotated read(const Place& at, wire::PrincipalRotated::Reader from) {
  PrincipalRotated to;
  to.name = at.name("name", from.getName());
  to.curve_key = at.digest("curveKey", from.getCurveKey());
  to.sign_key = at.digest("signKey", from.getSignKey());
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const PrincipalRevoked& from, wire::PrincipalRevoked::Builder to) {
  to.setName(as_text(from.name));
  to.setReason(as_text(from.reason));
  to.setPrincipal(as_text(from.principal));
}

PrincipalRevoked read(const Place& at, wire::PrincipalRevoked::Reader from) {
  return PrincipalRevoked{at.name("name", from.getName()),
                          at.text("reason", from.getReason(), limits::text_bytes_max),
                          at.name_or_none("principal", from.getPrincipal())};
}

void write(const DayBegan& from, wire::DayBegan::Builder to) { to.setDate(as_text(from.date)); }

DayBegan read(const Place& at, wire::DayBegan::Reader from) {
  return DayBegan{read_date(at, "date", from.getDate())};
}

void write(const SuiteAdded& from, wire::SuiteAdded::Builder to) {
  to.setName(as_text(from.name));
  to.setVersion(from.version);
  to.setDigest(as_data(from.digest));
  to.setPlanRoot(as_data(from.plan_root));
  to.setItems(from.items);
  to.setRequests(from.requests);
  to.setManifest(as_data(from.manifest));
  to.setItemBytes(from.item_bytes);
  to.setRound(from.round);
}

SuiteAdded read(const Place& at, wire::SuiteAdded::Reader from) {
  SuiteAdded to;
  to.name = at.name("name", from.getName());
  to.version = from.getVersion();
  to.digest = at.digest("digest", from.getDigest());
  to.plan_root = at.digest("planRoot", from.getPlanRoot());
  to.items = at.index("items", from.getItems(), limits::plan_items_max);
  to.requests = from.getRequests();
  to.manifest = at.digest("manifest", from.getManifest());
  to.item_bytes = from.getItemBytes();
  to.round = from.getRound();
  return to;
}

void write(const ModelAdded& from, wire::ModelAdded::Builder to) {
  to.setName(as_text(from.name));
  to.setVersion(from.version);
  to.setRole(as_enumerant<wire::ModelAdded::Role>(from.role));
  to.setTeam(as_text(from.team));
  to.setReleased(as_text(from.released));
  to.setEngine(as_text(from.engine));
  to.setPath(as_text(from.path));
  write_list(from.options, to.initOptions(count_of(from.options)));
  to.setDigest(as_data(from.digest));
  to.setClassKey(as_data(from.class_key));
  to.setLibrary(as_data(from.library));
  to.setGpus(from.gpus);
  // A text that is empty and there would not be the bytes of before.
  if (!from.gpu_kind.empty()) to.setGpuKind(as_text(from.gpu_kind));
  to.setGpuMemoryMib(from.gpu_memory_mib);
  if (!from.training_cutoff.empty()) to.setTrainingCutoff(as_text(from.training_cutoff));
  if (!from.submitted.empty()) to.setSubmitted(as_text(from.submitted));
  if (!from.reason.empty()) to.setReason(as_text(from.reason));
  to.setSalt(from.salt);
  to.setNodes(from.nodes);
  to.setBytes(from.bytes);
}

ModelAdded read(const Place& at, wire::ModelAdded::Reader from) {
  ModelAdded to;
  to.name = at.name("name", from.getName());
  to.version = from.getVersion();
  to.role = at.enumerator<ModelRole>("role", from.getRole(), 2);
  to.team = at.name_or_none("team", from.getTeam());
  to.released = read_date_or_none(at, "released", from.getReleased());
  to.engine = at.name("engine", from.getEngine());
  to.path = at.text("path", from.getPath(), limits::text_bytes_max);
  to.options = at.options("options", from.getOptions());
  to.digest = at.digest("digest", from.getDigest());
  to.class_key = at.digest("classKey", from.getClassKey());
  to.library = at.digest("library", from.getLibrary());
  to.gpus = at.gpus("gpus", from.getGpus());
  to.gpu_kind = at.name_or_none("gpuKind", from.getGpuKind());
  to.gpu_memory_mib =
      at.number("gpuMemoryMib", from.getGpuMemoryMib(), 0, limits::gpu_memory_mib_max);
  to.training_cutoff = read_date_or_none(at, "trainingCutoff", from.getTrainingCutoff());
  to.submitted = read_date_or_none(at, "submitted", from.getSubmitted());
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.salt = from.getSalt();
  to.nodes = at.nodes("nodes", from.getNodes(), to.gpus);
  to.bytes = at.index("bytes", from.getBytes(), limits::model_bytes_max);
  return to;
}

void write(const ModelRetired& from, wire::ModelRetired::Builder to) {
  to.setName(as_text(from.name));
  if (!from.reason.empty()) to.setReason(as_text(from.reason));
}

ModelRetired read(const Place& at, wire::ModelRetired::Reader from) {
  return ModelRetired{at.name("name", from.getName()),
                      at.text("reason", from.getReason(), limits::text_bytes_max)};
}

void write(const TargetAdded& from, wire::TargetAdded::Builder to) {
  to.setName(as_text(from.name));
  to.setVersion(from.version);
  to.setText(as_text(from.text));
  if (!from.reason.empty()) to.setReason(as_text(from.reason));
}

// The file has no bound of its own: the record's is its bound.
TargetAdded read(const Place& at, wire::TargetAdded::Reader from) {
  TargetAdded to;
  to.name = at.name("name", from.getName());
  to.version = from.getVersion();
  to.text = at.text("text", from.getText(), limits::record_bytes_max);
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  return to;
}

}  // namespace gwageo::frame
