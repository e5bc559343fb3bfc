// What a plan cannot be built of, or given addresses.
// RUN: cnx-opt %s --cnx-build-plan --cnx-assign-memory --split-input-file --verify-diagnostics

// expected-error @below {{an argument or result has no cnx.name}}
func.func @forward_b1(%x: tensor<1x3xf32>) {
  return
}

// -----

// expected-error @below {{expected an argument, whose first extent is the batch}}
func.func @forward_b1() {
  return
}
