// RUN: cnx-opt %s --cnx-check-fused --split-input-file --verify-diagnostics

func.func @forward_b1(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  // expected-error @below {{is in no kernel}}
  %y = cnx.gelu %x : tensor<1x3xf32>
  %z = cnx.kernel "single"(%y) : (tensor<1x3xf32>) -> tensor<1x3xf32> {
  ^bb0(%a: tensor<1x3xf32>):
    %b = cnx.gelu %a : tensor<1x3xf32>
    cnx.yield %b : tensor<1x3xf32>
  }
  return %z : tensor<1x3xf32>
}

// -----

func.func @forward_b1(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  // expected-error @below {{result 0 is not the output of a kernel that nobody else reads}}
  return %x : tensor<1x3xf32>
}

// -----

func.func @forward_b1(%x: tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  %y = cnx.kernel "single"(%x) : (tensor<1x3xf32>) -> tensor<1x3xf32> {
  ^bb0(%a: tensor<1x3xf32>):
    %b = cnx.gelu %a : tensor<1x3xf32>
    cnx.yield %b : tensor<1x3xf32>
  }
  %z = cnx.kernel "single"(%y) : (tensor<1x3xf32>) -> tensor<1x3xf32> {
  ^bb0(%a: tensor<1x3xf32>):
    %b = cnx.gelu %a : tensor<1x3xf32>
    cnx.yield %b : tensor<1x3xf32>
  }
  // expected-error @below {{result 0 is not the output of a kernel that nobody else reads}}
  return %y, %z : tensor<1x3xf32>, tensor<1x3xf32>
}

// -----

// State that is not in place.
func.func @train_b1(%x: tensor<2x16xf32> {cnx.name = "image"}, %s: tensor<2x16xf32> {cnx.name = "grad.w"}) -> (tensor<2x16xf32> {cnx.name = "grad.w"}) {
  // expected-error @below {{makes grad.w, yet not in place of the argument of that name}}
  %y = cnx.kernel "single"(%s, %x) : (tensor<2x16xf32>, tensor<2x16xf32>) -> tensor<2x16xf32> {
  ^bb0(%a: tensor<2x16xf32>, %b: tensor<2x16xf32>):
    %c = cnx.add %a, %b : tensor<2x16xf32>, tensor<2x16xf32>
    cnx.yield %c : tensor<2x16xf32>
  }
  return %y : tensor<2x16xf32>
}

// -----

// State over another argument.
func.func @train_b1(%x: tensor<2x16xf32> {cnx.name = "image"}, %s: tensor<2x16xf32> {cnx.name = "grad.w"}) -> (tensor<2x16xf32> {cnx.name = "grad.w"}) {
  // expected-error @below {{writes over argument image, which is not its result's}}
  // expected-error @below {{makes grad.w, yet not in place of the argument of that name}}
  %y = cnx.kernel "single"(%s, %x) {in_place = array<i64: 0, 1>} : (tensor<2x16xf32>, tensor<2x16xf32>) -> tensor<2x16xf32> {
  ^bb0(%a: tensor<2x16xf32>, %b: tensor<2x16xf32>):
    %c = cnx.add %a, %b : tensor<2x16xf32>, tensor<2x16xf32>
    cnx.yield %c : tensor<2x16xf32>
  }
  return %y : tensor<2x16xf32>
}

// -----

// State that is read after its update.
func.func @train_b1(%x: tensor<2x16xf32> {cnx.name = "image"}, %s: tensor<2x16xf32> {cnx.name = "grad.w"}) -> (tensor<2x16xf32> {cnx.name = "grad.w"}, tensor<2x16xf32> {cnx.name = "late"}) {
  // expected-error @below {{makes grad.w, whose argument is read later}}
  %y = cnx.kernel "single"(%s, %x) {in_place = array<i64: 0, 0>} : (tensor<2x16xf32>, tensor<2x16xf32>) -> tensor<2x16xf32> {
  ^bb0(%a: tensor<2x16xf32>, %b: tensor<2x16xf32>):
    %c = cnx.add %a, %b : tensor<2x16xf32>, tensor<2x16xf32>
    cnx.yield %c : tensor<2x16xf32>
  }
  %z = cnx.kernel "single"(%s) : (tensor<2x16xf32>) -> tensor<2x16xf32> {
  ^bb0(%a: tensor<2x16xf32>):
    %c = cnx.gelu %a : tensor<2x16xf32>
    cnx.yield %c : tensor<2x16xf32>
  }
  return %y, %z : tensor<2x16xf32>, tensor<2x16xf32>
}
