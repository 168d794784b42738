#include "coordinator/principal.h"

#include <algorithm>

namespace gwageo {

std::string fingerprint(const Digest& key) { return to_hex(key).substr(0, 16); }

Status check_key(const Principal& principal, const Digest& curve_key) {
  const std::string& name = principal.registered.name;
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorKind::not_allowed,
                "the key " + fingerprint(curve_key) + " of " + name + " " + why);
  };
  if (principal.revoked) {
    return refuse("was revoked at record " + std::to_string(principal.revoked->record) + " (" +
                  principal.revoked->reason + "): it has no effect any more");
  }
  if (curve_key == principal.registered.curve_key) return {};
  const auto former =
      std::find_if(principal.former.begin(), principal.former.end(),
                   [&](const FormerKeys& keys) { return keys.curve_key == curve_key; });
  if (former == principal.former.end()) return refuse("is not the one that is registered");
  return refuse("was replaced at record " + std::to_string(former->until) +
                ": use the new key file (its key is " +
                fingerprint(principal.registered.curve_key) + ")");
}

}  // namespace gwageo
