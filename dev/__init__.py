"""The development tools: local servers, sample data, live traffic. Nothing here is deployed."""
