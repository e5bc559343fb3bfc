#include "runtime/io/training_state.h"

#include "runtime/io/json_scanner.h"
#include "runtime/io/message_text.h"
#include "runtime/rt/training.h"

namespace cnx::io {
namespace {

constexpr uint64_t version = 1;

const char *optimizerOf(const cnx_rt_training *training) {
  return training->model->moments == 2 ? "adamw" : "sgd";
}

bool isTrained(const cnx_rt_training *training, int tensor) {
  return training->model->parameters[tensor].form != CNX_RT_DENSE;
}

TrainingState::Group initialGroup(const cnx_rt_training *training, int tensor) {
  return {1, static_cast<float>(training->model->parameters[tensor].decay)};
}

uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

void hexadecimal(uint64_t value, char text[17]) {
  snprintf(text, 17, "%016llx", static_cast<unsigned long long>(value));
}

class Parser {
public:
  Parser(const cnx_rt_training *owner, const char *text, char *room, const char *file,
         cnx_rt_error *receiver)
      : training(owner), json(text, strlen(text), room), label(file), error(receiver) {}

  cnx_rt_status parse(TrainingState *state) {
    uint64_t found;
    if (!json.expect('{', "'{'") || !key("version") || !json.unsigned64(&found))
      return syntax();
    if (found != version)
      return cnx_rt_fail(error, CNX_RT_ABI, "%s: cnx.state: version %llu, expected %llu", label,
                         static_cast<unsigned long long>(found),
                         static_cast<unsigned long long>(version));
    const char *build, *optimizer;
    if (!next("build") || !json.string(&build) || !next("optimizer") || !json.string(&optimizer))
      return syntax();
    if (strcmp(optimizer, optimizerOf(training)) != 0)
      return cnx_rt_fail(error, CNX_RT_OTHER_MODEL,
                         "%s: the state is that of optimizer %s, expected \"%s\"", label,
                         Quoted(optimizer).text, optimizerOf(training));
    if (!next("seed") || !json.unsigned64(&state->seed) || !next("step") ||
        !json.unsigned64(&state->step) || !next("sample") || !json.unsigned64(&state->sample) ||
        !next("groups"))
      return syntax();
    if (cnx_rt_status status = groups(state))
      return status;
    if (!next("note") || !json.string(&state->note) || !next("hash") ||
        !json.string(&state->hash) || !json.expect('}', "'}'"))
      return syntax();
    if (!json.atEnd())
      return syntax("nothing after the last '}'");
    if (strlen(state->note) > CNX_RT_NOTE_BYTES)
      return cnx_rt_fail(error, CNX_RT_CORRUPT,
                         "%s: cnx.state: a note of %zu bytes, expected at most %u", label,
                         strlen(state->note), CNX_RT_NOTE_BYTES);
    return CNX_RT_OK;
  }

private:
  cnx_rt_status groups(TrainingState *state) {
    if (!json.expect('[', "'['"))
      return syntax();
    if (json.take(']'))
      return CNX_RT_OK;
    do {
      const char *name;
      uint64_t bits, decay;
      if (!json.expect('{', "'{'") || !key("tensor") || !json.string(&name) || !next("rate_bits") ||
          !json.unsigned64(&bits) || !next("decay") || !json.unsigned64(&decay) ||
          !json.expect('}', "'}'"))
        return syntax();
      int tensor = find(name);
      if (tensor < 0)
        return cnx_rt_fail(error, CNX_RT_OTHER_MODEL,
                           "%s: cnx.state: a group of tensor %s, which this build does not train",
                           label, Quoted(name).text);
      if (bits >= 0x7f800000u || decay > 1) // negative, infinite or no number
        return cnx_rt_fail(error, CNX_RT_CORRUPT,
                           "%s: cnx.state: the group of tensor %s has rate_bits %llu and decay "
                           "%llu, expected a float from 0 on, and 0 or 1",
                           label, Quoted(name).text, static_cast<unsigned long long>(bits),
                           static_cast<unsigned long long>(decay));
      uint32_t pattern = static_cast<uint32_t>(bits);
      memcpy(&state->groups[tensor].rate, &pattern, sizeof pattern);
      state->groups[tensor].decay = static_cast<float>(decay);
    } while (json.take(','));
    return json.expect(']', "',' or ']'") ? CNX_RT_OK : syntax();
  }

  int find(const char *name) const {
    for (int i = 0; i < training->model->count; ++i)
      if (isTrained(training, i) && strcmp(training->model->parameters[i].name, name) == 0)
        return i;
    return -1;
  }

  bool next(const char *name) { return json.expect(',', "','") && key(name); }

  bool key(const char *name) {
    const char *found;
    if (!json.string(&found))
      return false;
    misnamed = strcmp(found, name) != 0 ? name : nullptr;
    return !misnamed && json.expect(':', "':'");
  }

  cnx_rt_status syntax() {
    if (misnamed)
      return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: cnx.state, before byte %zu: expected key %s",
                         label, json.position(), Quoted(misnamed).text);
    return syntax(json.expected());
  }

  cnx_rt_status syntax(const char *expected) {
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: cnx.state, byte %zu: expected %s", label,
                       json.position(), expected);
  }

  const cnx_rt_training *training;
  JsonScanner json;
  const char *label, *misnamed = nullptr;
  cnx_rt_error *error;
};

} // namespace

bool TrainingState::defaults(const cnx_rt_training *training) {
  int count = training->model->count;
  groups = static_cast<Group *>(malloc(static_cast<size_t>(count) * sizeof(Group)));
  if (!groups)
    return false;
  for (int i = 0; i < count; ++i)
    groups[i] = initialGroup(training, i);
  return true;
}

bool TrainingState::take(const cnx_rt_training *training) {
  if (!defaults(training))
    return false;
  seed = training->seed;
  step = training->step;
  sample = training->sample;
  note = cnx_rt_training_note(training);
  for (int i = 0; i < training->model->count; ++i) {
    size_t block = training->model->parameters[i].offset / sizeof(float) / CNX_RT_UPDATE_BLOCK;
    if (isTrained(training, i))
      groups[i] = {training->rates[block], training->decays[block]};
  }
  return true;
}

cnx_rt_status TrainingState::parse(const cnx_rt_training *training, const char *text,
                                   const char *label, cnx_rt_error *error) {
  strings = static_cast<char *>(malloc(strlen(text) + 1));
  if (!strings || !defaults(training))
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory for the state", label);
  return Parser(training, text, strings, label, error).parse(this);
}

void TrainingState::print(const cnx_rt_training *training, const char *hashText,
                          JsonText *json) const {
  char build[17];
  hexadecimal(training->model->build, build);
  auto number = [json](const char *before, uint64_t value) {
    json->raw(before);
    json->number(value);
  };
  auto string = [json](const char *before, const char *value) {
    json->raw(before);
    json->string(value);
  };
  number("{\"version\":", version);
  string(",\"build\":", build);
  string(",\"optimizer\":", optimizerOf(training));
  number(",\"seed\":", seed);
  number(",\"step\":", step);
  number(",\"sample\":", sample);
  json->raw(",\"groups\":[");
  bool first = true;
  for (int i = 0; i < training->model->count; ++i) {
    Group initial = initialGroup(training, i);
    if (!isTrained(training, i) ||
        (groups[i].rate == initial.rate && groups[i].decay == initial.decay))
      continue;
    string(first ? "{\"tensor\":" : ",{\"tensor\":", training->model->parameters[i].name);
    number(",\"rate_bits\":", bitsOf(groups[i].rate));
    number(",\"decay\":", groups[i].decay != 0);
    json->raw("}");
    first = false;
  }
  string("],\"note\":", note);
  string(",\"hash\":", hashText);
  json->raw("}");
}

void StateHash::add(const cnx_rt_training *training, const TrainingState &values) {
  const uint64_t counters[] = {values.seed, values.step, values.sample};
  add(counters, sizeof counters);
  for (int i = 0; i < training->model->count; ++i)
    if (isTrained(training, i))
      add(&values.groups[i], sizeof values.groups[i]);
  add(values.note, strlen(values.note));
}

void StateHash::print(char text[17]) const { hexadecimal(cnx_rt_hash_end(&state), text); }

} // namespace cnx::io
