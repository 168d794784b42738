// What the engines have in common: options as a person wrote them, and how calls are given up.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "protocol/result.h"
#include "worker/engine.h"

namespace gwageo {

/// bad_input unless every option of `spec` is one of `known`; names the offender and the known
/// ones.
Status expect_options(const ModelSpec& spec, std::initializer_list<std::string_view> known);

/// The number written in option `key`, else `otherwise`. bad_input, naming option and bounds, when
/// it is no number or lies outside [least, most].
Result<double> number_option(const ModelSpec& spec, const std::string& key, double otherwise,
                             double least, double most);
/// The same for whole numbers.
Result<std::uint32_t> count_option(const ModelSpec& spec, const std::string& key,
                                   std::uint32_t otherwise, std::uint32_t least,
                                   std::uint32_t most);

/// What a load that EngineRoom::is_ending ends fails with: unavailable, since it says nothing of
/// the model.
tl::unexpected<Error> load_broken_off();

/// What a call that was given up on completes with.
Response cancelled_response();

}  // namespace gwageo
