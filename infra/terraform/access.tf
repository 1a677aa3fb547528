# What the replicas may do, and nothing else: the actions behind the operations of packages/storage/src/bucket/s3, which a
# test compares. Presigned URLs of downloads are made with the same rights.
locals {
  keys = var.prefix == "" ? "*" : "${var.prefix}/*"
}

data "aws_iam_policy_document" "registry" {
  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.registry.arn}/${local.keys}"]
  }

  statement {
    sid       = "Listings"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.registry.arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "Encryption"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_policy" "registry" {
  name        = "${var.bucket}-registry"
  description = "Replicas of tsreg on the bucket ${var.bucket}"
  policy      = data.aws_iam_policy_document.registry.json
  tags        = var.tags
}

# A role that pods of one service account take, so that no key exists.
locals {
  make_role = var.oidc_provider_arn != null
  issuer    = local.make_role ? replace(var.oidc_provider_arn, "/^.*oidc-provider\\//", "") : ""
}

data "aws_iam_policy_document" "pods" {
  count = local.make_role ? 1 : 0

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:${var.service_account}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "registry" {
  count = local.make_role ? 1 : 0

  name               = "${var.bucket}-registry"
  assume_role_policy = data.aws_iam_policy_document.pods[0].json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "registry" {
  count = local.make_role ? 1 : 0

  role       = aws_iam_role.registry[0].name
  policy_arn = aws_iam_policy.registry.arn
}
