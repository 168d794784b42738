#include "ops/verbs.h"
namespace gwageo {
Result<int> verb_audit_verify(const Invocation&) { return fail(ErrorKind::bad_input, "not yet"); }
Result<int> verb_audit_rescore(const Invocation&) { return fail(ErrorKind::bad_input, "not yet"); }
Result<int> verb_export(const Invocation&) { return fail(ErrorKind::bad_input, "not yet"); }
Result<int> verb_backup(const Invocation&) { return fail(ErrorKind::bad_input, "not yet"); }
Result<int> verb_restore(const Invocation&) { return fail(ErrorKind::bad_input, "not yet"); }
}  // namespace gwageo
