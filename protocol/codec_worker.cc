// What passes between the coordinator and a worker.
#include <algorithm>

#include "protocol/codec.h"
#include "protocol/codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {
namespace {

void write(const ModelSpec& from, wire::ModelSpec::Builder to) {
  to.setName(as_text(from.name));
  to.setDigest(as_data(from.digest));
  to.setEngine(as_text(from.engine));
  to.setPath(as_text(from.path));
  write_list(from.options, to.initOptions(count_of(from.options)));
}

ModelSpec read(const Place& at, wire::ModelSpec::Reader from) {
  ModelSpec to;
  to.name = at.text("name", from.getName(), limits::text_bytes_max);
  to.digest = at.digest("digest", from.getDigest());
  to.engine = at.name("engine", from.getEngine());
  to.path = at.text("path", from.getPath(), limits::text_bytes_max);
  to.options = at.options("options", from.getOptions());
  return to;
}

GrantItem read(const Place& at, wire::GrantItem::Reader from) {
  GrantItem to;
  to.index = at.index("index", from.getIndex(), limits::plan_items_max - 1);
  to.task = at.text("task", from.getTask(), limits::text_bytes_max);
  to.item = at.text("item", from.getItem(), limits::text_bytes_max);
  to.repeat = from.getRepeat();
  to.requests = at.blobs("requests", from.getRequests(), limits::requests_of_item_max,
                         limits::request_bytes_max);
  if (from.hasDigest()) to.digest = at.digest("digest", from.getDigest());
  if (to.requests.empty()) at.refuse("requests", "none: nothing would ever answer the item");
  return to;
}

ItemResult read(const Place& at, wire::ItemResult::Reader from) {
  ItemResult to;
  to.index = at.index("index", from.getIndex(), limits::plan_items_max - 1);
  to.responses = at.blobs("responses", from.getResponses(), limits::requests_of_item_max,
                          limits::request_bytes_max);
  return to;
}

}  // namespace

// ---- from a worker ----

namespace {

void write(const Gpus& from, wire::Gpus::Builder to) {
  to.setKind(as_text(from.kind));
  to.setMemoryMib(from.memory_mib);
  to.setNode(as_text(from.node));
  to.setDomain(as_text(from.domain));
  to.setNodes(from.nodes);
}

/// What each of so many slots is.
Gpus read(const Place& at, wire::Gpus::Reader from, std::uint32_t slots) {
  Gpus to;
  to.kind = at.name("kind", from.getKind());
  to.memory_mib = at.number("memoryMib", from.getMemoryMib(), 1, limits::gpu_memory_mib_max);
  to.node = at.name_or_none("node", from.getNode());
  to.domain = at.name_or_none("domain", from.getDomain());
  to.nodes = from.getNodes();
  const bool is_block = is_width(slots) && spreads_over(slots, to.nodes);
  if (to.nodes != 1 && !is_block) {
    at.refuse("nodes", std::to_string(to.nodes) + ", and " + std::to_string(slots) +
                           " slots are no block that is spread over them evenly");
  }
  return to;
}

void write_digests(const std::vector<Digest>& from, capnp::List<capnp::Data>::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, as_data(from[i]));
}

unsigned count_of_cached(const std::vector<Digest>& cached) {
  return std::min(count_of(cached), static_cast<unsigned>(limits::cached_models_max));
}

std::vector<Digest> read_cached(const Place& at, capnp::List<capnp::Data>::Reader from) {
  std::vector<Digest> to;
  if (!at.count("cached", from.size(), limits::cached_models_max)) return to;
  for (const capnp::Data::Reader digest : from) to.push_back(at.digest("cached", digest));
  return to;
}

}  // namespace

void write(const Hello& from, wire::Hello::Builder to) {
  to.setProtocol(from.protocol);
  to.setWorker(from.worker.value);
  to.setName(as_text(from.name));
  to.setVersion(as_text(from.version));
  auto engines = to.initEngines(count_of(from.engines));
  for (unsigned i = 0; i < engines.size(); ++i) engines.set(i, as_text(from.engines[i]));
  to.setSlots(from.slots);
  to.setCreditItems(from.credit_items);
  write_list(from.leases, to.initLeases(count_of(from.leases)));
  if (from.gpus.any()) write(from.gpus, to.initGpus());
  to.setLoads(from.loads);
  to.setSigns(from.signs);
  if (!from.cached.empty()) {
    write_digests(from.cached, to.initCached(count_of_cached(from.cached)));
  }
}

Hello read(const Place& at, wire::Hello::Reader from) {
  Hello to;
  to.protocol = from.getProtocol();
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.name = at.name("name", from.getName());
  to.version = at.text("version", from.getVersion(), limits::name_bytes_max);
  const auto engines = from.getEngines();
  if (at.count("engines", engines.size(), limits::options_max)) {
    for (const capnp::Text::Reader engine : engines) {
      to.engines.push_back(at.name("engines", engine));
    }
  }
  to.slots = at.number("slots", from.getSlots(), 1, limits::slots_max);
  to.credit_items = at.number("creditItems", from.getCreditItems(), 1, limits::credit_items_max);
  to.leases = at.leases("leases", from.getLeases());
  if (from.hasGpus()) to.gpus = read(Place(at, "gpus"), from.getGpus(), to.slots);
  to.loads = at.number("loads", from.getLoads(), 1, limits::slots_max);
  to.signs = from.getSigns();
  to.cached = read_cached(at, from.getCached());
  return to;
}

void write(const Heartbeat& from, wire::Heartbeat::Builder to) {
  to.setWorker(from.worker.value);
  write_list(from.leases, to.initLeases(count_of(from.leases)));
  auto slots = to.initSlots(count_of(from.slots));
  for (unsigned i = 0; i < slots.size(); ++i) {
    slots[i].setClassKey(as_data(from.slots[i].class_key));
    slots[i].setLoading(from.slots[i].loading);
    const std::string fault = text_for_people(from.slots[i].fault, limits::fault_bytes_max);
    if (!fault.empty()) slots[i].setFault(as_text(fault));
  }
  if (!from.cached.empty()) {
    write_digests(from.cached, to.initCached(count_of_cached(from.cached)));
  }
  to.setLeaving(from.leaving);
}

Heartbeat read(const Place& at, wire::Heartbeat::Reader from) {
  Heartbeat to;
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.leases = at.leases("leases", from.getLeases());
  to.slots = at.list<SlotReport>(
      "slots", from.getSlots(), limits::slots_max,
      [](const Place& slot, wire::SlotReport::Reader entry) {
        return SlotReport{slot.digest("classKey", entry.getClassKey()), entry.getLoading(),
                          slot.text("fault", entry.getFault(), limits::fault_bytes_max)};
      });
  to.cached = read_cached(at, from.getCached());
  to.leaving = from.getLeaving();
  return to;
}

void write(const Results& from, wire::Results::Builder to) {
  to.setWorker(from.worker.value);
  to.setLease(from.lease.value);
  to.setChunk(from.chunk);
  to.setEngineTime(from.engine_time.microseconds);
  auto items = to.initItems(count_of(from.items));
  for (unsigned i = 0; i < items.size(); ++i) {
    const ItemResult& item = from.items[i];
    auto entry = items[i];
    entry.setIndex(item.index);
    write_list(item.responses, entry.initResponses(count_of(item.responses)));
  }
}

Results read(const Place& at, wire::Results::Reader from) {
  Results to;
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.chunk = from.getChunk();
  to.engine_time = at.duration("engineTime", from.getEngineTime());
  to.items = at.list<ItemResult>(
      "items", from.getItems(), limits::lease_items_max,
      [](const Place& item, wire::ItemResult::Reader entry) { return read(item, entry); });
  return to;
}

void write(const Loaded& from, wire::Loaded::Builder to) {
  to.setWorker(from.worker.value);
  to.setSlot(from.slot);
  to.setClassKey(as_data(from.class_key));
  to.setOk(from.ok);
  to.setTook(from.took.microseconds);
  to.setError(as_text(text_for_people(from.error)));
}

Loaded read(const Place& at, wire::Loaded::Reader from) {
  Loaded to;
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.slot = at.number("slot", from.getSlot(), 0, limits::slots_max - 1);
  to.class_key = at.digest("classKey", from.getClassKey());
  to.ok = from.getOk();
  to.took = at.duration("took", from.getTook());
  to.error = at.text("error", from.getError(), limits::text_bytes_max);
  return to;
}

void write(const GiveBack& from, wire::GiveBack::Builder to) {
  to.setWorker(from.worker.value);
  to.setLease(from.lease.value);
  to.setReason(as_enumerant<wire::GiveBack::Reason>(from.reason));
  to.setError(as_text(text_for_people(from.error)));
}

GiveBack read(const Place& at, wire::GiveBack::Reader from) {
  GiveBack to;
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.reason = at.enumerator<GiveBackReason>("reason", from.getReason(), 3);
  to.error = at.text("error", from.getError(), limits::text_bytes_max);
  return to;
}

void write(const Goodbye& from, wire::Goodbye::Builder to) { to.setWorker(from.worker.value); }

Goodbye read(const Place& at, wire::Goodbye::Reader from) {
  return Goodbye{at.id<WorkerId>("worker", from.getWorker())};
}

// ---- to a worker ----

void write(const Welcome& from, wire::Welcome::Builder to) {
  to.setCoordinatorLife(from.coordinator_life);
  to.setHeartbeat(from.heartbeat.microseconds);
  to.setLeaseTerm(from.lease_term.microseconds);
}

Welcome read(const Place& at, wire::Welcome::Reader from) {
  Welcome to;
  to.coordinator_life = from.getCoordinatorLife();
  to.heartbeat = at.duration("heartbeat", from.getHeartbeat());
  to.lease_term = at.duration("leaseTerm", from.getLeaseTerm());
  return to;
}

void write(const Refusal& from, wire::Refusal::Builder to) {
  to.setReason(as_text(text_for_people(from.reason)));
}

Refusal read(const Place& at, wire::Refusal::Reader from) {
  return Refusal{at.text("reason", from.getReason(), limits::text_bytes_max)};
}

namespace {

void copy(std::string_view from, capnp::Text::Builder to) {
  std::copy(from.begin(), from.end(), to.begin());
}

/// `items` are GrantItems or views of such.
template <class Items>
void write_grant(const Grant& from, const Items& items, wire::Grant::Builder to) {
  to.setLease(from.lease.value);
  to.setJob(from.job.value);
  to.setSlot(from.slot);
  to.setClassKey(as_data(from.class_key));
  to.setWidth(from.width);
  write(from.model, to.initModel());
  auto entries = to.initItems(count_of(items));
  for (unsigned i = 0; i < entries.size(); ++i) {
    const auto& item = items[i];
    auto entry = entries[i];
    entry.setIndex(item.index);
    copy(item.task, entry.initTask(count_of(item.task)));
    copy(item.item, entry.initItem(count_of(item.item)));
    entry.setRepeat(item.repeat);
    if (item.digest != Digest{}) entry.setDigest(as_data(item.digest));
    auto requests = entry.initRequests(count_of(item.requests));
    for (unsigned j = 0; j < requests.size(); ++j) requests.set(j, as_data(item.requests[j]));
  }
  auto acknowledged = to.initAcknowledged(count_of(from.acknowledged));
  for (unsigned i = 0; i < acknowledged.size(); ++i) {
    frame::write(from.acknowledged[i], acknowledged[i]);
  }
}

}  // namespace

void write(const Grant& from, wire::Grant::Builder to) { write_grant(from, from.items, to); }

void write(const Grant& from, std::span<const GrantItemView> items, wire::Grant::Builder to) {
  write_grant(from, items, to);
}

Grant read(const Place& at, wire::Grant::Reader from) {
  Grant to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.job = at.id<JobId>("job", from.getJob());
  to.slot = at.number("slot", from.getSlot(), 0, limits::slots_max - 1);
  to.width = at.gpus("width", from.getWidth());
  if (at.ok() && to.slot % to.width != 0) at.refuse("slot", "no block of that width begins there");
  to.class_key = at.digest("classKey", from.getClassKey());
  to.model = read(Place(at, "model"), from.getModel());
  to.items = at.list<GrantItem>(
      "items", from.getItems(), limits::lease_items_max,
      [](const Place& item, wire::GrantItem::Reader entry) { return read(item, entry); });
  to.acknowledged = at.list<Acknowledge>(
      "acknowledged", from.getAcknowledged(), limits::acknowledged_max,
      [](const Place& one, wire::Acknowledge::Reader entry) { return read(one, entry); });
  return to;
}

void write(const Shrink& from, wire::Shrink::Builder to) {
  to.setLease(from.lease.value);
  write_list(from.removed, to.initRemoved(count_of(from.removed)));
}

Shrink read(const Place& at, wire::Shrink::Reader from) {
  Shrink to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.removed = at.ranges("removed", from.getRemoved());
  return to;
}

void write(const Revoke& from, wire::Revoke::Builder to) { to.setLease(from.lease.value); }

Revoke read(const Place& at, wire::Revoke::Reader from) {
  return Revoke{at.id<LeaseId>("lease", from.getLease())};
}

void write(const Acknowledge& from, wire::Acknowledge::Builder to) {
  to.setLease(from.lease.value);
  to.setChunk(from.chunk);
  to.setStale(from.stale);
  if (!from.recorded.empty()) {
    write_list(from.recorded, to.initRecorded(count_of(from.recorded)));
  }
}

Acknowledge read(const Place& at, wire::Acknowledge::Reader from) {
  Acknowledge to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.chunk = from.getChunk();
  to.stale = from.getStale();
  to.recorded = at.ranges("recorded", from.getRecorded());
  return to;
}

// ---- batches ----

void write(const Batch& from, wire::Batch::Builder to) {
  to.setWorker(from.worker.value);
  to.setBatch(from.batch);
  auto chunks = to.initChunks(count_of(from.chunks));
  for (unsigned i = 0; i < chunks.size(); ++i) {
    chunks[i].setLease(from.chunks[i].lease.value);
    chunks[i].setFirst(from.chunks[i].first);
    chunks[i].setRoot(as_data(from.chunks[i].root));
  }
  to.setSignature(as_data(from.signature));
}

Batch read(const Place& at, wire::Batch::Reader from) {
  Batch to;
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.batch = from.getBatch();
  to.chunks = at.list<BatchChunk>(
      "chunks", from.getChunks(), limits::batch_chunks_max,
      [](const Place& chunk, wire::Batch::Chunk::Reader entry) {
        return BatchChunk{chunk.id<LeaseId>("lease", entry.getLease()),
                          chunk.index("first", entry.getFirst(), limits::plan_items_max - 1),
                          chunk.digest("root", entry.getRoot())};
      });
  const bool ascends =
      std::adjacent_find(to.chunks.begin(), to.chunks.end(),
                         [](const BatchChunk& a, const BatchChunk& b) {
                           return std::pair(a.lease, a.first) >= std::pair(b.lease, b.first);
                         }) == to.chunks.end();
  if (at.ok() && to.chunks.empty()) at.refuse("chunks", "none");
  if (at.ok() && !ascends) at.refuse("chunks", "they do not ascend");
  to.signature = at.signature("signature", from.getSignature());
  return to;
}

void write(const BatchKept& from, wire::BatchKept::Builder to) {
  to.setWorker(from.worker.value);
  to.setBatch(from.batch);
}

BatchKept read(const Place& at, wire::BatchKept::Reader from) {
  return BatchKept{at.id<WorkerId>("worker", from.getWorker()), from.getBatch()};
}

}  // namespace gwageo::frame
