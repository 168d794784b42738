// Facts of checks of workers against one another.
#include "coordinator/checks.h"
#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {
namespace {

constexpr std::uint16_t kind_count = 3;
constexpr std::uint16_t finding_count = 5;

CheckedItem read_item(const Place& at, wire::AnswersChecked::Item::Reader from) {
  CheckedItem to;
  to.index = from.getIndex();
  to.by = at.id<WorkerId>("by", from.getBy());
  if (from.getOther() != 0) to.other = at.id<WorkerId>("other", from.getOther());
  to.kind = at.enumerator<CheckKind>("kind", from.getKind(), kind_count);
  to.finding = at.enumerator<CheckFinding>("finding", from.getFinding(), finding_count);
  return to;
}

std::uint32_t read_share(const Place& at, const char* member, std::uint32_t share) {
  if (share > check_share_one) at.refuse(member, std::to_string(share) + " is more than all items");
  return share;
}

}  // namespace

void write(const ChecksSet& from, wire::ChecksSet::Builder to) {
  to.setAgain(from.again);
  to.setKnown(from.known);
  to.setPrincipal(as_text(from.principal));
}

ChecksSet read(const Place& at, wire::ChecksSet::Reader from) {
  ChecksSet to;
  to.again = read_share(at, "again", from.getAgain());
  to.known = read_share(at, "known", from.getKnown());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const AnswersDisowned& from, wire::AnswersDisowned::Builder to) {
  to.setWorker(as_text(from.worker));
  to.setReason(as_text(from.reason));
  to.setPrincipal(as_text(from.principal));
}

AnswersDisowned read(const Place& at, wire::AnswersDisowned::Reader from) {
  AnswersDisowned to;
  to.worker = at.name("worker", from.getWorker());
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.principal = at.name("principal", from.getPrincipal());
  return to;
}

void write(const AnswersChecked& from, wire::AnswersChecked::Builder to) {
  to.setLease(from.lease.value);
  to.setJob(from.job.value);
  auto items = to.initItems(count_of(from.items));
  for (unsigned i = 0; i < items.size(); ++i) {
    const CheckedItem& item = from.items[i];
    items[i].setIndex(item.index);
    items[i].setBy(item.by.value);
    items[i].setOther(item.other.value);
    items[i].setKind(static_cast<wire::AnswersChecked::Kind>(item.kind));
    items[i].setFinding(static_cast<wire::AnswersChecked::Finding>(item.finding));
  }
}

AnswersChecked read(const Place& at, wire::AnswersChecked::Reader from) {
  AnswersChecked to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.job = at.id<JobId>("job", from.getJob());
  to.items = at.list<CheckedItem>("items", from.getItems(), limits::lease_items_max,
                                  [](const Place& entry, wire::AnswersChecked::Item::Reader item) {
                                    return read_item(entry, item);
                                  });
  return to;
}

}  // namespace gwageo::frame
