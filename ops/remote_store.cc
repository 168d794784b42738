#include "ops/remote_store.h"

#include "ops/output.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

std::string hex_of(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace

Result<std::string> published_tile(Client& client, const TileName& tile) {
  Json body;
  body["path"] = path_of(tile);
  GWAGEO_ASSIGN(answer, client.call("log.tile", std::move(body)));
  return answer.page();
}

Status RemoteStore::write(const WriteBatch&, Sync) {
  return fail(ErrorKind::not_allowed, "another process's store is read-only");
}

Status RemoteStore::scan(
    std::string_view from, std::string_view to,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  std::string next(from);
  for (bool more = true; more;) {
    Json body;
    body["from"] = hex_of(next);
    body["to"] = hex_of(to);
    GWAGEO_ASSIGN(page, client_.call("rows", std::move(body)));
    if (page.attachments.empty()) return fail(ErrorKind::corrupt, "a page of rows is missing");
    more = shown(page.body, "more") == "true";
    const std::string bytes = page.page();
    ByteReader in(bytes);
    while (in.ok() && in.left() > 0) {
      const std::string_view key = in.text();
      const std::string_view value = in.text();
      if (!in.ok()) return fail(ErrorKind::corrupt, "a page of rows is cut short");
      if (!visit(key, value)) return {};
      next = std::string(key) + '\0';
    }
  }
  return {};
}

Result<std::optional<std::string>> RemoteStore::read(std::string_view key) const {
  std::optional<std::string> found;
  GWAGEO_TRY(scan(key, std::string(key) + '\0', [&](std::string_view, std::string_view value) {
    found = std::string(value);
    return false;
  }));
  return found;
}

Result<std::optional<std::pair<std::string, std::string>>> RemoteStore::last(
    std::string_view from, std::string_view to) const {
  std::optional<std::pair<std::string, std::string>> found;
  GWAGEO_TRY(scan(from, to, [&](std::string_view key, std::string_view value) {
    found.emplace(key, value);
    return true;
  }));
  return found;
}

Status RemoteStore::copy_to(const std::string&) const {
  return fail(ErrorKind::not_allowed, "another process's store is copied by gwageo backup");
}

}  // namespace gwageo
