// A network that is not trained has no update.
// RUN: cnx-opt %s --cnx-add-update --split-input-file | FileCheck %s --implicit-check-not=@update

cnx.weight @a : tensor<300xf32>
// CHECK: func.func @forward_b1
func.func @forward_b1(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  return %x : tensor<1x3xf32>
}

// -----

cnx.weight @a : tensor<300xf32> {frozen}
// CHECK: func.func @train_b1
func.func @train_b1(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  return %x : tensor<1x3xf32>
}
