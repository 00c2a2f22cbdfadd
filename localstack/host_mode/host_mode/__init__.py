"""What LocalStack lacks to run on a host without Docker, as plug-ins."""
