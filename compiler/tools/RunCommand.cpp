#include "compiler/Error.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/LoadedModel.h"
#include "compiler/tools/NpyInput.h"
#include "compiler/tools/Predictions.h"
#include "compiler/tools/ReadImage.h"
#include "runtime/include/cnx_image.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  std::vector<std::string> images;
  std::string input, output;
  size_t top = 5;
  unsigned threads = 0;
};

// One image in the input format of the network.
std::vector<unsigned char> prepare(const cnx_image_spec &spec, const ImageFacts &facts,
                                   const std::string &path) {
  RgbImage image = readImage(path);
  cnx_image_pixels pixels{image.pixels.data(), image.height, image.width, 0};
  cnx_rt_error error{};
  std::vector<unsigned char> input(size_t(facts.elements * elementBytes(facts.type)));
  cnx_rt_status status =
      facts.type == ElementType::u8
          ? cnx_image_prepare_u8(&spec, &pixels, input.data(), &error)
          : cnx_image_prepare_f32(&spec, &pixels,
                                  facts.channelsFirst ? CNX_IMAGE_NCHW : CNX_IMAGE_NHWC,
                                  reinterpret_cast<float *>(input.data()), &error);
  if (status != CNX_RT_OK)
    throw UserError(path + ": " + error.text);
  return input;
}

void classify(const Arguments &arguments, const BuiltModel &built, LoadedModel &model) {
  const InterfaceFacts &facts = built.facts();
  const int64_t batch = facts.batches.front();
  auto logits = std::find_if(facts.outputs.begin(), facts.outputs.end(),
                             [](const OutputFacts &output) { return output.name == "logits"; });
  std::optional<cnx_image_spec> spec = model.imageSpec();
  if (logits == facts.outputs.end() || !spec)
    throw UserError(
        fmt::format("{}: has no {}; images cannot be classified, use --input and --output",
                    arguments.compile.model, spec ? "logits" : "pre-processing"));
  std::vector<float *> outputs(facts.outputs.size(), nullptr);
  std::vector<float> values(size_t(logits->elements * batch));
  outputs[size_t(logits - facts.outputs.begin())] = values.data();

  const size_t imageBytes = size_t(facts.image.elements * elementBytes(facts.image.type));
  std::vector<unsigned char> images(imageBytes * size_t(batch));
  for (size_t first = 0; first < arguments.images.size(); first += size_t(batch)) {
    const size_t count = std::min(size_t(batch), arguments.images.size() - first);
    for (size_t i = 0; i < count; ++i) {
      std::vector<unsigned char> image = prepare(*spec, facts.image, arguments.images[first + i]);
      std::copy(image.begin(), image.end(), images.begin() + long(i * imageBytes));
    }
    model.forward(int(batch), images.data(), outputs);
    for (size_t i = 0; i < count; ++i) {
      fmt::print("{}\n", arguments.images[first + i]);
      std::span<const float> row(values.data() + size_t(logits->elements) * i,
                                 size_t(logits->elements));
      for (const Prediction &prediction : topPredictions(row, arguments.top))
        fmt::print("  {:6.4f}  {}\n", prediction.probability, model.label(prediction.label));
    }
  }
}

// Output k of all images goes to --output, or to STEM.NAME.npy beside it where there are several.
std::string outputPath(const std::string &path, const std::string &name, size_t outputs) {
  if (outputs == 1)
    return path;
  std::filesystem::path whole(path);
  return (whole.parent_path() / (whole.stem().string() + "." + name + whole.extension().string()))
      .string();
}

void transform(const Arguments &arguments, const NpyInput &input, const BuiltModel &built,
               LoadedModel &model) {
  const InterfaceFacts &facts = built.facts();
  const int64_t batch = facts.batches.front(), images = input.batch();
  input.require(batch, facts.image.height, facts.image.width);
  std::vector<std::vector<float>> values;
  for (const OutputFacts &output : facts.outputs)
    values.emplace_back(size_t(output.elements * images));
  for (int64_t first = 0; first < images; first += batch) {
    std::vector<float *> outputs;
    for (size_t k = 0; k < values.size(); ++k)
      outputs.push_back(values[k].data() + facts.outputs[k].elements * first);
    model.forward(int(batch), input.image(first), outputs);
  }
  for (size_t k = 0; k < values.size(); ++k) {
    std::vector<uint64_t> shape{uint64_t(images)};
    shape.insert(shape.end(), facts.outputs[k].shape.begin(), facts.outputs[k].shape.end());
    const std::string path = outputPath(arguments.output, facts.outputs[k].name, values.size());
    cnx_rt_error error{};
    if (cnx_npy_save(path.c_str(), CNX_IO_F32, int(shape.size()), shape.data(), values[k].data(),
                     &error) != CNX_RT_OK)
      throw UserError(error.text);
  }
}

void run(Arguments &arguments) {
  if (arguments.images.empty() == arguments.input.empty())
    throw CLI::ValidationError("IMAGE, --input", "one of the two is expected");
  if (arguments.input.empty() != arguments.output.empty())
    throw CLI::ValidationError("--input, --output", "each needs the other");

  std::optional<NpyInput> input;
  if (!arguments.input.empty()) {
    input.emplace(arguments.input, arguments.compile.network.inputFormat);
    input->setDefaults(arguments.compile);
  }
  CompileJob job(arguments.compile);
  BuiltModel built(job);
  LoadedModel model(built.sharedObject(), built.name());
  cnx_rt_options options{};
  options.threads = arguments.threads;
  model.create(built.weights(), options);
  if (input)
    transform(arguments, *input, built, model);
  else
    classify(arguments, built, model);
}

} // namespace

void addRunCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "run", "compile into a cache and run: images to labels, or arrays to arrays");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  command->add_option("IMAGE", arguments->images, "JPEG or PNG files");
  addBuildOptions(*command, arguments->compile);
  command->add_option("--top", arguments->top, "classes to print for each image")
      ->check(CLI::PositiveNumber);
  command->add_option("--input", arguments->input,
                      "images, .npy in the input format; batch and size default to its own");
  command->add_option("--output", arguments->output,
                      "the outputs, .npy; with several, NAME.OUTPUT.npy for each");
  command->add_option("--threads", arguments->threads, "0: one a core");
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
