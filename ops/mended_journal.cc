#include "ops/mended_journal.h"

#include <algorithm>
#include <utility>

#include "coordinator/journal.h"
#include "coordinator/keys.h"

namespace gwageo {
namespace {

/// So many gaps are named; the others are counted.
constexpr std::size_t gaps_named_max = 20;

class MendedStore final : public Store {
 public:
  MendedStore(const Store& mirror, std::uint64_t mirror_size, const Store& store)
      : mirror_(mirror), rest_(keys::journal(mirror_size)), store_(store) {}

  Status write(const WriteBatch&, Sync) override { return refuse(); }
  Status sync() override { return refuse(); }
  Status copy_to(const std::string&) const override { return refuse(); }
  Result<std::optional<std::string>> read(std::string_view) const override { return refuse(); }
  Result<std::optional<std::pair<std::string, std::string>>> last(std::string_view,
                                                                  std::string_view) const override {
    return refuse();
  }

  Status scan(std::string_view from, std::string_view to,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    bool goes_on = true;
    GWAGEO_TRY(mirror_.scan(from, std::min(to, std::string_view(rest_)),
                            [&](std::string_view key, std::string_view bytes) {
                              goes_on = visit(key, bytes);
                              return goes_on;
                            }));
    const std::string_view rest = std::max(from, std::string_view(rest_));
    return goes_on && rest < to ? store_.scan(rest, to, visit) : Status();
  }

 private:
  static tl::unexpected<Error> refuse() {
    return fail(ErrorKind::not_allowed, "a journal that is looked at is only scanned");
  }

  const Store& mirror_;
  const std::string rest_;  ///< Where the mirror has ended.
  const Store& store_;
};

/// The number of a record by its key.
Result<std::uint64_t> record_of(std::string_view key) {
  std::uint64_t number = 0;
  for (const char byte : key.substr(1)) number = number << 8 | static_cast<unsigned char>(byte);
  if (key == keys::journal(number)) return number;
  return fail(ErrorKind::corrupt, "the store has a row in the journal's table that is no record");
}

}  // namespace

std::uint64_t MendedJournal::missing() const {
  std::uint64_t count = 0;
  for (const RecordGap& gap : gaps) count += gap.last - gap.first + 1;
  return count;
}

std::string MendedJournal::gaps_text() const {
  std::string text;
  for (const RecordGap& gap : gaps) {
    const auto index = static_cast<std::size_t>(&gap - gaps.data());
    if (index == gaps_named_max) {
      return text + " and " + std::to_string(gaps.size() - index) + " gaps more";
    }
    text += (index == 0 ? "records " : ", ") + std::to_string(gap.first) + " to " +
            std::to_string(gap.last);
  }
  return text;
}

Result<MendedJournal> mend(const Store& mirror, std::uint64_t mirror_size, const Store& store) {
  MendedJournal journal;
  journal.records = std::make_unique<MendedStore>(mirror, mirror_size, store);
  JournalVerifier verifier;
  std::uint64_t next = 0;
  Status failed;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(
      journal.records->scan(all.first, all.second, [&](std::string_view key, std::string_view row) {
        const Result<std::uint64_t> number = record_of(key);
        if (!number) failed = tl::unexpected(number.error());
        if (!number) return false;
        if (*number > next) journal.gaps.push_back({next, *number - 1});
        next = *number + 1;
        if (!journal.gaps.empty()) return true;
        journal.size = next;
        if (const auto record = verifier.add(row); !record) {
          journal.chain = tl::unexpected(record.error());
        }
        return true;
      }));
  GWAGEO_TRY(failed);
  return journal;
}

Json to_json(const std::vector<RecordGap>& gaps) {
  Json list = Json::array();
  for (const RecordGap& gap : gaps) {
    Json pair = Json::array();
    pair.push_back(gap.first);
    pair.push_back(gap.last);
    list.push_back(std::move(pair));
  }
  return list;
}

}  // namespace gwageo
