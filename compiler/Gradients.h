// What becomes of a backward pass's gradients. Passes, plan, emitted code and options all ask.
#pragma once

namespace cnx {

enum class Gradients {
  keep,     // they wait for the update, where activations were, until the next forward pass
  sum,      // they add up over several passes until the update, in memory of their own
  immediate // each updates its parameter as soon as it is there, and is gone
};

// As the command line and the manifest have it.
constexpr const char *kGradientsNames[] = {"keep", "sum", "immediate"};
constexpr const char *nameOf(Gradients gradients) { return kGradientsNames[int(gradients)]; }

} // namespace cnx
