data "aws_region" "current" {}

output "storage" {
  description = "Value of the registry's setting storage."
  value       = "s3://${aws_s3_bucket.registry.bucket}${var.prefix == "" ? "" : "/${var.prefix}"}?region=${data.aws_region.current.region}"
}

output "policy_arn" {
  description = "Policy for whatever the replicas run as."
  value       = aws_iam_policy.registry.arn
}

output "role_arn" {
  description = "For the annotation eks.amazonaws.com/role-arn of the service account; null without oidc_provider_arn."
  value       = local.make_role ? aws_iam_role.registry[0].arn : null
}
