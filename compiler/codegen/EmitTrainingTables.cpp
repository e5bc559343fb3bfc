// The static facts of a training build: parameters, the description, constants.
#include "compiler/codegen/Names.h"
#include "compiler/codegen/TrainingText.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace cnx {

namespace {

// A long text as literals of a line each.
void stringLines(Writer &out, const std::string &text) {
  constexpr size_t kPiece = 88;
  for (size_t at = 0; at < text.size() || at == 0;) {
    size_t end = std::min(at + kPiece, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      ++end; // not within a character
    out.line("{}{}", cString(std::string_view(text).substr(at, end - at)),
             end == text.size() ? ";" : "");
    at = std::max(end, at + 1);
  }
}

std::string listText(const std::vector<int64_t> &shape) {
  return shape.empty() ? "{0}" : fmt::format("{{{}}}", fmt::join(shape, ", "));
}

const char *initialiser(Parameter::Init init) {
  switch (init) {
  case Parameter::Init::zeros:
    return "CNX_RT_ZEROS";
  case Parameter::Init::ones:
    return "CNX_RT_ONES";
  case Parameter::Init::truncatedNormal:
    return "CNX_RT_TRUNCATED_NORMAL";
  case Parameter::Init::constant:
    return "CNX_RT_CONSTANT";
  }
  return "";
}

} // namespace

void TrainingText::tables() {
  out.comment("clang-format off");
  out.open("constexpr cnx_rt_parameter parameters[] = {{");
  for (size_t i = 0; i < plan.parameters.size(); ++i) {
    const Parameter &parameter = plan.parameters[i];
    const ParameterFacts &place = training.parameters[i];
    out.line("{{{}, CNX_RT_{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}},", cString(parameter.name),
             upperCase(place.form), parameter.shape.size(), listText(parameter.shape),
             parameter.storedShape.size(), listText(parameter.storedShape), place.offset,
             place.bytes / 4, initialiser(parameter.init), parameter.initValue,
             place.decay ? 1 : 0);
  }
  out.close("};");
  out.line("constexpr char description[] =");
  out.indent();
  stringLines(out, plan.info.empty() ? "{}" : plan.info);
  out.unindent();
  out.comment("clang-format on");
  out.blank();
  out.open("constexpr cnx_rt_train_model train_facts = {{");
  out.indent();
  out.rows(
      {{"parameters,", "// of the checkpoint"},
       {macro + "_PARAMETER_COUNT,", "// of them"},
       {macro + "_PARAM_BYTES / 4,", "// floats of a flat segment"},
       {fmt::format("{},", training.moments), fmt::format("// moments: {}", training.optimizer())},
       {fmt::format("{},", training.ema ? 1 : 0), "// averages"},
       {macro + "_BUILD,", "// as the weight file's"},
       {"description,", "// in every checkpoint"},
       {fmt::format("{},", plan.paramOffset()), "// bytes of the weight file before parameters"},
       {std::string(training.accumulates() ? "CNX_RT_GRADIENTS_SUMMED"
                    : training.keeps()     ? "CNX_RT_GRADIENTS_KEPT"
                                           : "CNX_RT_GRADIENTS_USED") +
            ",",
        "// gradients"},
       {fmt::format("{},", training.gradientsAt),
        training.keeps() ? "// bytes of the arena before them" : ""}});
  out.unindent();
  out.close("};");
  out.blank();
}

// A context without a weight file has no payload to read constants from.
void TrainingText::constants() {
  if (training.constants.empty() || !uses("w"))
    return;
  out.comment("What the weight file has beside parameters, for a context without one.");
  out.open("struct Constants {{");
  out.line("alignas(64) float values[{}];", plan.paramOffset() / 4);
  out.close("};");
  out.open("constexpr Constants make_constants() {{");
  out.line("Constants made = {{}};");
  for (const ConstantRun &run : training.constants) {
    out.line("for (size_t i = {}; i < {}; ++i)", run.offset, run.offset + run.count);
    out.line("  made.values[i] = {};", floatLiteral(run.value));
  }
  out.line("return made;");
  out.close();
  out.line("constexpr Constants constants = make_constants();");
  out.blank();
}

} // namespace cnx
